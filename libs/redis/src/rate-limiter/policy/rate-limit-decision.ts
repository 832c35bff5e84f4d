/** The decision of one policy about a request. */
export interface PolicyDecision {
  /** Name of the policy. */
  readonly policy: string;
  /** Whether the policy has room for the request. */
  readonly allowed: boolean;
  /** Limit of the policy; the share of this process when `source` is `local` and `instances` is above 1. */
  readonly limit: number;
  /** Tokens that can be spent at once; equals the limit for all algorithms but gcra. */
  readonly burst: number;
  /** Length of the window; for a calendar window its nominal length. */
  readonly windowMs: number;
  /** Tokens that can be spent right after this decision. */
  readonly remaining: number;
  /** Milliseconds until no spent token counts any more. */
  readonly resetMs: number;
  /**
   * Milliseconds until the same request would be allowed; undefined if it is allowed, or if its cost is larger than the
   * burst.
   */
  readonly retryAfterMs: number | undefined;
  /** The policy is in shadow: it reports `allowed` and refuses no request. */
  readonly shadow: boolean;
}

/**
 * Where the decision was made: on Redis (`redis`), from a cached refusal (`deny-cache`), or from leased tokens
 * (`lease`). While Redis is unavailable it is the value of `onError`: the same algorithm in this process (`local`), or
 * all requests are allowed (`open`) or refused (`closed`).
 */
export type DecisionSource = 'redis' | 'deny-cache' | 'lease' | 'local' | 'open' | 'closed';

/**
 * Whether a request is allowed. The top-level fields are those of the deciding policy: the refusing one with the
 * longest wait, or, if none refuses, the one with the fewest tokens left. `closed` with `allowed: false` means that
 * Redis was unavailable and no policy refused.
 */
export interface RateLimitDecision extends PolicyDecision {
  /** Where the decision was made. */
  readonly source: DecisionSource;
  /**
   * The decision of each policy, in the order of the call. With `deny-cache` it may contain only the policy that
   * refused.
   */
  readonly policies: readonly PolicyDecision[];
}
