/** What one policy says to a request. */
export interface PolicyDecision {
  /** Its name. */
  readonly policy: string;
  /** It has room for the request. */
  readonly allowed: boolean;
  /** Its limit, as it holds now. */
  readonly limit: number;
  /** How many tokens can be spent at once; for all algorithms but gcra the limit. */
  readonly burst: number;
  /** Of its window; for a stretch of the calendar the usual length. */
  readonly windowMs: number;
  /** Tokens that could be spent right after this decision. */
  readonly remaining: number;
  /** After how many milliseconds nothing of what was spent counts any more. */
  readonly resetMs: number;
  /** After how many milliseconds the same request would be allowed; undefined if it is, or would never be (it costs more than the burst). */
  readonly retryAfterMs: number | undefined;
  /** It refuses nobody, and only says what it would have said. */
  readonly shadow: boolean;
}

/**
 * Who decided: the server; what it said a moment ago (`deny-cache`); tokens taken before (`lease`); or, while the server is away, what
 * `onError` names: the same algorithm in this process (`local`), or everybody (`open`) or nobody (`closed`) is let through.
 */
export type DecisionSource = 'redis' | 'deny-cache' | 'lease' | 'local' | 'open' | 'closed';

/**
 * Whether a request may go on. What stands at the top is what the policy says that decides: of those that refuse, the one that does so
 * for longest; if none does, the one with the least left. `closed` with `allowed: false` is no refusal: nobody could be asked.
 */
export interface RateLimitDecision extends PolicyDecision {
  /** Where the decision was made. */
  readonly source: DecisionSource;
  /** What each policy says, in the order they were given; `deny-cache` may know only of the one that refused. */
  readonly policies: readonly PolicyDecision[];
}
