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
  readonly loadMs?: number;
  readonly clock?: number;
  readonly tags?: readonly string[];
}

export interface Decoded<T> {
  readonly value: T;
  readonly meta: EntryMeta | undefined;
}

/**
 * Turns values into bytes and back. It answers synchronously where it can (then no promise is made on the hot path) and
 * with a promise where it must (a thread pool, a key provider). Its errors are CODEC_… and never carry data.
 */
export interface ValueCodec {
  encode(value: unknown, at: ValuePlace, meta?: EntryMeta): Buffer | Promise<Buffer>;
  decode<T>(bytes: Buffer, at: ValuePlace): Decoded<T> | Promise<Decoded<T>>;
}
