import { optionInvalid } from '../../common/options.js';
import { ApplicationTypes } from '../../domain/codec/application-types.js';
import { CODEC_DEFAULTS } from '../../domain/codec/codec.options.js';
import { encodeKept, giveValue, keepValue, type KeptValue } from '../../domain/codec/kept-value.js';
import { chain } from '../../domain/codec/maybe-promise.js';
import { isPlainCount } from '../../domain/codec/plain-count.js';
import type { StoreCodec, ValuePlace } from '../../domain/codec/value-codec.js';
import { createCodec, type OnSecurity } from '../codec/create-codec.js';
import type { ResolvedMemoryOptions } from './memory-options.js';

/** A value as it is kept, and about how many bytes it takes. */
export interface Kept {
  readonly data: unknown;
  readonly bytes: number;
}

/** How the embedded store keeps values: always apart from those given and handed out. */
export interface ValueKeeper {
  keep(value: unknown, at: ValuePlace): Kept | Promise<Kept>;
  give(kept: Kept, at: ValuePlace): unknown;
  /** The whole number that it is, if it can be counted on. @throws RedisInfraError OPTION_INVALID where counters are not allowed */
  count(kept: Kept): number | undefined;
  /** A count as it is kept: plain, whatever becomes of other values. */
  keepCount(count: number): Kept;
}

export function createKeeper({ store, codec, maxBytes }: ResolvedMemoryOptions, onSecurity?: OnSecurity): ValueKeeper {
  const encoding = createCodec(codec, 'codec', onSecurity);
  return store === 'encoded'
    ? new EncodedKeeper(encoding)
    : new CopyKeeper(new ApplicationTypes(codec?.types), encoding, Math.max(maxBytes, CODEC_DEFAULTS.maxDecodedBytes));
}

class CopyKeeper implements ValueKeeper {
  constructor(
    private readonly types: ApplicationTypes,
    private readonly codec: StoreCodec,
    private readonly maxBytes: number,
  ) {}

  keep(value: unknown): Kept {
    const kept = keepValue(value, this.types, this.maxBytes);
    return { data: kept, bytes: kept.bytes };
  }

  give(kept: Kept, at: ValuePlace): unknown {
    return Buffer.isBuffer(kept.data)
      ? giveDecoded(this.codec, kept.data, at)
      : giveValue(kept.data as KeptValue, this.types);
  }

  count(kept: Kept): number | undefined {
    if (Buffer.isBuffer(kept.data)) return countOf(kept.data);
    const { json, table } = kept.data as KeptValue;
    return table.length === 0 && Number.isSafeInteger(json) ? (json as number) : undefined;
  }

  keepCount(count: number): Kept {
    return this.keep(count);
  }
}

/** Namespaces of one store may keep their values differently; whoever reads another's finds what would stand in Redis. */
export function bytesOf(kept: Kept): Buffer {
  return Buffer.isBuffer(kept.data) ? kept.data : encodeKept(kept.data as KeptValue);
}

function giveDecoded(codec: StoreCodec, bytes: Buffer, at: ValuePlace): unknown {
  return chain(codec.decode(bytes, at), ({ value }) => value);
}

function countOf(bytes: Buffer): number | undefined {
  const count = isPlainCount(bytes) ? Number(bytes.toString('latin1')) : NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

export class EncodedKeeper implements ValueKeeper {
  constructor(private readonly codec: StoreCodec) {}

  keep(value: unknown, at: ValuePlace): Kept | Promise<Kept> {
    return chain(this.codec.encode(value, at), (data) => ({ data, bytes: data.length }));
  }

  give(kept: Kept, at: ValuePlace): unknown {
    return giveDecoded(this.codec, bytesOf(kept), at);
  }

  count(kept: Kept): number | undefined {
    if (!this.codec.policy.counts) {
      throw optionInvalid(
        'codec.encryption.counters',
        "must be 'plain' to count here: nothing can add to a number that is sealed",
      );
    }
    return countOf(bytesOf(kept));
  }

  keepCount(count: number): Kept {
    const data = Buffer.from(String(count));
    return { data, bytes: data.length };
  }
}
