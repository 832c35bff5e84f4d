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

/** A stored value and its approximate size in bytes. */
export interface StoredForm {
  readonly data: unknown;
  readonly bytes: number;
}

/** How the embedded store keeps values. Stored values never share objects with the caller. */
export interface ValueFormat {
  pack(value: unknown, at: ValuePlace): StoredForm | Promise<StoredForm>;
  unpack(stored: StoredForm, at: ValuePlace): unknown;
  /** The value of a counter; undefined if the value is no counter. @throws RedisInfraError OPTION_INVALID if counters are sealed */
  count(stored: StoredForm): number | undefined;
  /** Stores a counter. Counters are always plain, even if other values are encrypted. */
  packCount(count: number): StoredForm;
}

export function createValueFormat(
  { store, codec, maxBytes }: ResolvedMemoryOptions,
  onSecurity?: OnSecurity,
): ValueFormat {
  const valueCodec = createCodec(codec, 'codec', onSecurity);
  return store === 'encoded'
    ? new EncodedFormat(valueCodec)
    : new CopyFormat(
        new ApplicationTypes(codec?.types),
        valueCodec,
        Math.max(maxBytes, CODEC_DEFAULTS.maxDecodedBytes),
      );
}

class CopyFormat implements ValueFormat {
  constructor(
    private readonly types: ApplicationTypes,
    private readonly codec: StoreCodec,
    private readonly maxBytes: number,
  ) {}

  pack(value: unknown): StoredForm {
    const snapshot = takeSnapshot(value, this.types, this.maxBytes);
    return { data: snapshot, bytes: snapshot.bytes };
  }

  unpack(stored: StoredForm, at: ValuePlace): unknown {
    return Buffer.isBuffer(stored.data)
      ? unpackDecoded(this.codec, stored.data, at)
      : restoreSnapshot(stored.data as ValueSnapshot, this.types);
  }

  count(stored: StoredForm): number | undefined {
    if (Buffer.isBuffer(stored.data)) return countOf(stored.data);
    const { json, table } = stored.data as ValueSnapshot;
    return table.length === 0 && Number.isSafeInteger(json) ? (json as number) : undefined;
  }

  packCount(count: number): StoredForm {
    return this.pack(count);
  }
}

/** The encoded bytes of a value. Namespaces of one store may use different formats; reading across them yields what Redis would store. */
export function bytesOf(stored: StoredForm): Buffer {
  return Buffer.isBuffer(stored.data) ? stored.data : encodeSnapshot(stored.data as ValueSnapshot);
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

  unpack(stored: StoredForm, at: ValuePlace): unknown {
    return unpackDecoded(this.codec, bytesOf(stored), at);
  }

  count(stored: StoredForm): number | undefined {
    if (!this.codec.policy.counts) {
      throw optionInvalid(
        'codec.encryption.counters',
        "must be 'plain' to use incr: the store cannot add to a sealed number",
      );
    }
    return countOf(bytesOf(stored));
  }

  packCount(count: number): StoredForm {
    const data = Buffer.from(String(count));
    return { data, bytes: data.length };
  }
}
