/** Where a value is kept: the full key with its prefix, and the hash field if it is in one. */
export interface ValuePlace {
  readonly key: string;
  readonly field?: string | undefined;
}

/** What is known about an entry beside its value; times are milliseconds since 1970 on the server's clock. */
export interface EntryMeta {
  readonly created?: number;
  readonly freshUntil?: number;
  readonly expires?: number;
  /** How long its load took, in milliseconds. */
  readonly loadMs?: number;
  /** The version of the application's own data format, 0 to 65535. */
  readonly schema?: number;
  readonly clock?: number;
  /** At most 24, each as the 16 hex digits of its hash. */
  readonly tags?: readonly string[];
}

export interface Decoded<T> {
  readonly value: T;
  readonly meta: EntryMeta | undefined;
  /** Readable, but not as it would be written now: sealed with an older key, or not sealed yet. */
  readonly outdated?: boolean | undefined;
}

/**
 * Turns values into bytes and back. It answers synchronously where it can (then no promise is made on the hot path) and
 * with a promise where it must (a thread pool, a key provider). Its errors are CODEC_… and never carry data.
 */
export interface ValueCodec {
  encode(value: unknown, at: ValuePlace, meta?: EntryMeta): Buffer | Promise<Buffer>;
  decode<T>(bytes: Buffer, at: ValuePlace): Decoded<T> | Promise<Decoded<T>>;
}

/** What a store has to do differently because of how its values are written. */
export interface CodecPolicy {
  /** Counters may be kept: they are plain numbers, whatever becomes of other values. */
  readonly counts: boolean;
  /** The end of a value is sealed with it, so another end means sealing anew. */
  readonly bindExpiry: boolean;
  /** What is read and outdated is written back as it would be written now. */
  readonly resealOnRead: boolean;
}

/** The codec of a store of this package. */
export interface StoreCodec extends ValueCodec {
  readonly policy: CodecPolicy;
}
