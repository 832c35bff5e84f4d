/** One checked entry of `setMany`. */
export interface StoredEntry {
  /** The full key. */
  readonly key: string;
  readonly value: unknown;
  /** The time to live in milliseconds; undefined never expires. */
  readonly ttlMs: number | undefined;
}
