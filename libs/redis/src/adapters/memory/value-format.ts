import { optionInvalid } from '../../common/options.js';
import { ApplicationTypes } from '../../domain/codec/json/application-types.js';
import { CODEC_DEFAULTS } from '../../domain/codec/codec.options.js';
import {
  encodeSnapshot,
  restoreSnapshot,
  takeSnapshot,
  type ValueSnapshot,
} from '../../domain/codec/value-snapshot.js';
import { chain } from '../../domain/codec/maybe-promise.js';
import { isPlainCount } from '../../domain/codec/plain-count.js';
import type { StoreCodec, ValuePlace } from '../../domain/value-codec.js';
import { createCodec, type OnSecurity } from '../codec/create-codec.js';
import type { ResolvedMemoryOptions } from './memory-options.js';

/** A value as it is kept, and about how many bytes it takes. */
export interface StoredForm {
  readonly data: unknown;
  readonly bytes: number;
}

/** How the embedded store keeps values: always apart from those given and handed out. */
export interface ValueFormat {
  pack(value: unknown, at: ValuePlace): StoredForm | Promise<StoredForm>;
  unpack(kept: StoredForm, at: ValuePlace): unknown;
  /** The whole number that it is, if it can be counted on. @throws RedisInfraError OPTION_INVALID where counters are not allowed */
  count(kept: StoredForm): number | undefined;
  /** A count as it is kept: plain, whatever becomes of other values. */
  packCount(count: number): StoredForm;
}

export function createValueFormat(
  { store, codec, maxBytes }: ResolvedMemoryOptions,
  onSecurity?: OnSecurity,
): ValueFormat {
  const encoding = createCodec(codec, 'codec', onSecurity);
  return store === 'encoded'
    ? new EncodedFormat(encoding)
    : new CopyFormat(new ApplicationTypes(codec?.types), encoding, Math.max(maxBytes, CODEC_DEFAULTS.maxDecodedBytes));
}

class CopyFormat implements ValueFormat {
  constructor(
    private readonly types: ApplicationTypes,
    private readonly codec: StoreCodec,
    private readonly maxBytes: number,
  ) {}

  pack(value: unknown): StoredForm {
    const kept = takeSnapshot(value, this.types, this.maxBytes);
    return { data: kept, bytes: kept.bytes };
  }

  unpack(kept: StoredForm, at: ValuePlace): unknown {
    return Buffer.isBuffer(kept.data)
      ? unpackDecoded(this.codec, kept.data, at)
      : restoreSnapshot(kept.data as ValueSnapshot, this.types);
  }

  count(kept: StoredForm): number | undefined {
    if (Buffer.isBuffer(kept.data)) return countOf(kept.data);
    const { json, table } = kept.data as ValueSnapshot;
    return table.length === 0 && Number.isSafeInteger(json) ? (json as number) : undefined;
  }

  packCount(count: number): StoredForm {
    return this.pack(count);
  }
}

/** Namespaces of one store may keep their values differently; whoever reads another's finds what would stand in Redis. */
export function bytesOf(kept: StoredForm): Buffer {
  return Buffer.isBuffer(kept.data) ? kept.data : encodeSnapshot(kept.data as ValueSnapshot);
}

function unpackDecoded(codec: StoreCodec, bytes: Buffer, at: ValuePlace): unknown {
  return chain(codec.decode(bytes, at), ({ value }) => value);
}

function countOf(bytes: Buffer): number | undefined {
  const count = isPlainCount(bytes) ? Number(bytes.toString('latin1')) : NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

export class EncodedFormat implements ValueFormat {
  constructor(private readonly codec: StoreCodec) {}

  pack(value: unknown, at: ValuePlace): StoredForm | Promise<StoredForm> {
    return chain(this.codec.encode(value, at), (data) => ({ data, bytes: data.length }));
  }

  unpack(kept: StoredForm, at: ValuePlace): unknown {
    return unpackDecoded(this.codec, bytesOf(kept), at);
  }

  count(kept: StoredForm): number | undefined {
    if (!this.codec.policy.counts) {
      throw optionInvalid(
        'codec.encryption.counters',
        "must be 'plain' to count here: nothing can add to a number that is sealed",
      );
    }
    return countOf(bytesOf(kept));
  }

  packCount(count: number): StoredForm {
    const data = Buffer.from(String(count));
    return { data, bytes: data.length };
  }
}
