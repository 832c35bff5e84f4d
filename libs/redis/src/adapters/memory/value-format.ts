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
import type { ResolvedMemoryOptions } from './memory-options.js';

/** A stored value and its approximate size in bytes. */
export interface StoredForm {
  /** A copy of the value, or its encoded bytes. */
  readonly data: ValueSnapshot | Buffer;
  readonly bytes: number;
}

/** How the embedded store keeps values. Stored values never share objects with the caller. */
export interface ValueFormat {
  pack(value: unknown, place: ValuePlace): StoredForm | Promise<StoredForm>;
  unpack<T>(stored: StoredForm, place: ValuePlace): T | Promise<T>;
  /**
   * The value of a counter; undefined if the value is no counter.
   * @throws RedisInfraError OPTION_INVALID if counters are sealed
   */
  count(stored: StoredForm): number | undefined;
  /** Stores a counter. Counters are always plain, even if other values are encrypted. */
  packCount(count: number): StoredForm;
}

/** The formats of a store: that of its own codec, and encoded bytes for any other codec. */
export class ValueFormats {
  private readonly own: ValueFormat;

  constructor(
    { store, codec, maxBytes }: ResolvedMemoryOptions,
    private readonly ownCodec: StoreCodec,
  ) {
    this.own =
      store === 'encoded'
        ? new EncodedFormat(ownCodec)
        : new CopyFormat(
            new ApplicationTypes(codec?.types),
            ownCodec,
            Math.max(maxBytes, CODEC_DEFAULTS.maxDecodedBytes),
          );
  }

  of(codec: StoreCodec): ValueFormat {
    return codec === this.ownCodec ? this.own : new EncodedFormat(codec);
  }
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

  unpack<T>({ data }: StoredForm, place: ValuePlace): T | Promise<T> {
    return Buffer.isBuffer(data) ? decodeValue<T>(this.codec, data, place) : restoreSnapshot<T>(data, this.types);
  }

  count({ data }: StoredForm): number | undefined {
    if (Buffer.isBuffer(data)) return countOf(data);
    const { json, table } = data;
    return table.length === 0 && typeof json === 'number' && Number.isSafeInteger(json) ? json : undefined;
  }

  packCount(count: number): StoredForm {
    return this.pack(count);
  }
}

/**
 * The encoded bytes of a value. Namespaces of one store may use different formats; reading across them yields what
 * Redis would store.
 */
export function bytesOf({ data }: StoredForm): Buffer {
  return Buffer.isBuffer(data) ? data : encodeSnapshot(data);
}

function decodeValue<T>(codec: StoreCodec, bytes: Buffer, place: ValuePlace): T | Promise<T> {
  return chain(codec.decode<T>(bytes, place), ({ value }) => value);
}

function countOf(bytes: Buffer): number | undefined {
  const count = isPlainCount(bytes) ? Number(bytes.toString('latin1')) : NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

class EncodedFormat implements ValueFormat {
  constructor(private readonly codec: StoreCodec) {}

  pack(value: unknown, place: ValuePlace): StoredForm | Promise<StoredForm> {
    return chain(this.codec.encode(value, place), (data) => ({ data, bytes: data.length }));
  }

  unpack<T>(stored: StoredForm, place: ValuePlace): T | Promise<T> {
    return decodeValue<T>(this.codec, bytesOf(stored), place);
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
