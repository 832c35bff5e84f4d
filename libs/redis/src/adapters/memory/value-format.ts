import { optionInvalid } from '../../common/options.js';
import { ApplicationTypes } from '../../domain/codec/json/application-types.js';
import { CODEC_DEFAULTS } from '../../domain/codec/codec.options.js';
import {
  encodeSnapshot,
  restoreSnapshot,
  takeSnapshot,
  type ValueSnapshot,
} from '../../domain/codec/value-snapshot.js';
import { writeMeta } from '../../domain/codec/entry-meta.tlv.js';
import { chain } from '../../domain/codec/maybe-promise.js';
import { isPlainCount } from '../../domain/codec/plain-count.js';
import type { Decoded, EntryMeta, StoreCodec, ValuePlace } from '../../domain/value-codec.js';
import type { ResolvedMemoryOptions } from './memory-options.js';

/** A stored value and its approximate size in bytes. */
export interface StoredForm {
  /** A copy of the value, or its encoded bytes. */
  readonly data: ValueSnapshot | Buffer;
  readonly bytes: number;
  /** The meta of an entry; undefined for a plain value. Encoded bytes contain it too. */
  readonly meta?: EntryMeta | undefined;
}

/** How the embedded store keeps values. Stored values never share objects with the caller. */
export interface ValueFormat {
  pack(value: unknown, place: ValuePlace, meta?: EntryMeta): StoredForm | Promise<StoredForm>;
  unpack<T>(stored: StoredForm, place: ValuePlace): T | Promise<T>;
  /** Like `unpack`, with the meta. */
  decode<T>(stored: StoredForm, place: ValuePlace): Decoded<T> | Promise<Decoded<T>>;
  /** The same value with other meta. */
  withMeta(stored: StoredForm, place: ValuePlace, meta: EntryMeta): StoredForm | Promise<StoredForm>;
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

  pack(value: unknown, _place?: ValuePlace, meta?: EntryMeta): StoredForm {
    const snapshot = takeSnapshot(value, this.types, this.maxBytes);
    return { data: snapshot, bytes: snapshot.bytes + metaBytes(meta), meta };
  }

  unpack<T>({ data }: StoredForm, place: ValuePlace): T | Promise<T> {
    return Buffer.isBuffer(data) ? decodeValue<T>(this.codec, data, place) : restoreSnapshot<T>(data, this.types);
  }

  decode<T>({ data, meta }: StoredForm, place: ValuePlace): Decoded<T> | Promise<Decoded<T>> {
    return Buffer.isBuffer(data)
      ? this.codec.decode<T>(data, place)
      : { value: restoreSnapshot<T>(data, this.types), meta };
  }

  withMeta({ data }: StoredForm, place: ValuePlace, meta: EntryMeta): StoredForm | Promise<StoredForm> {
    if (!Buffer.isBuffer(data)) return { data, bytes: data.bytes + metaBytes(meta), meta };
    return chain(this.codec.decode(data, place), ({ value }) => this.pack(value, place, meta));
  }

  count({ data, meta }: StoredForm): number | undefined {
    if (Buffer.isBuffer(data)) return countOf(data);
    if (meta !== undefined) return undefined;
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
export function bytesOf({ data, meta }: StoredForm): Buffer {
  return Buffer.isBuffer(data) ? data : encodeSnapshot(data, meta);
}

/** Also checks the meta, so that what works here works on Redis. @throws RedisInfraError VALUE_INVALID */
function metaBytes(meta: EntryMeta | undefined): number {
  return meta === undefined ? 0 : writeMeta(meta).length;
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

  pack(value: unknown, place: ValuePlace, meta?: EntryMeta): StoredForm | Promise<StoredForm> {
    return chain(this.codec.encode(value, place, meta), (data) => ({ data, bytes: data.length, meta }));
  }

  unpack<T>(stored: StoredForm, place: ValuePlace): T | Promise<T> {
    return decodeValue<T>(this.codec, bytesOf(stored), place);
  }

  decode<T>(stored: StoredForm, place: ValuePlace): Decoded<T> | Promise<Decoded<T>> {
    return this.codec.decode<T>(bytesOf(stored), place);
  }

  withMeta(stored: StoredForm, place: ValuePlace, meta: EntryMeta): StoredForm | Promise<StoredForm> {
    return chain(this.decode(stored, place), ({ value }) => this.pack(value, place, meta));
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
