import type { ApplicationTypes } from './codec/json/application-types.js';

/** Where a value is stored. Encryption binds the value to it. */
export interface ValuePlace {
  /** The full key, with its prefix. */
  readonly key: string;
  /** The hash field; undefined for a plain value. */
  readonly field?: string | undefined;
}

/** What is stored with a value. Times are milliseconds since 1970 on the server's clock. */
export interface EntryMeta {
  /** When the value was written. */
  readonly created?: number;
  /** When the value becomes stale. */
  readonly freshUntil?: number;
  /** When the value expires. */
  readonly expires?: number;
  /** How long the load took, in milliseconds. */
  readonly loadMs?: number;
  /** The version of the application's own data format, 0 to 65535. */
  readonly schema?: number;
  /** A logical clock that orders writes of one key. */
  readonly clock?: number;
  /** At most 24 tags, each as the 16 hex digits of its hash. */
  readonly tags?: readonly string[];
}

/** The result of decoding stored bytes. */
export interface Decoded<T> {
  /** The value. The caller may change it. */
  readonly value: T;
  /** What was stored with the value; undefined if nothing was. */
  readonly meta: EntryMeta | undefined;
  /**
   * True if a write would encode it differently now: it is sealed with an older key, or not sealed yet.
   * @default false
   */
  readonly outdated?: boolean | undefined;
}

/**
 * Converts values to bytes and back. It returns a result directly when it can, which saves a promise on the hot path,
 * and a promise when it must wait for a thread pool or a key provider. Its errors have `CODEC_…` codes and contain no
 * data.
 */
export interface ValueCodec {
  /**
   * Encodes a value for this key and field.
   * @throws RedisInfraError CODEC_SERIALIZE, CODEC_TOO_LARGE, CODEC_KEY_PROVIDER
   */
  encode(value: unknown, place: ValuePlace, meta?: EntryMeta): Buffer | Promise<Buffer>;
  /** Decodes stored bytes. @throws RedisInfraError `CODEC_…` if they are unreadable */
  decode<T>(bytes: Buffer, place: ValuePlace): Decoded<T> | Promise<Decoded<T>>;
}

/** How the codec changes what a store may do. */
export interface CodecPolicy {
  /** True if counters are allowed. They are stored as plain numbers, also when other values are sealed. */
  readonly counts: boolean;
  /** True if the expiry is authenticated with the value, so a new expiry means a reseal. */
  readonly bindExpiry: boolean;
  /** True if a value that is read and outdated is written back with the current key. */
  readonly resealOnRead: boolean;
}

/** The codec of a store of this package. */
export interface StoreCodec extends ValueCodec {
  readonly policy: CodecPolicy;
  /** The classes of the application that it encodes. */
  readonly types: ApplicationTypes;
}
