/** One request to count. */
export interface ThrottledRequest {
  /** Unique for each request: a repetition with the same id is not counted again. */
  readonly id: string;
  readonly ttlMs: number;
  readonly limit: number;
  /** How long a request beyond the limit blocks later ones; 0 blocks only until the oldest request expires. */
  readonly blockMs: number;
}

/** What the script found. */
export interface ThrottleVerdict {
  /** Requests counted, and the refused one if it was not counted. */
  readonly hits: number;
  readonly windowMs: number;
  readonly isBlocked: boolean;
  /** Until the block ends; 0 if the request is not blocked. */
  readonly blockedMs: number;
}
