import type { BucketSnapshot } from '../../common/statistics/bucket-counts.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';

/** `shadow-refused`: a shadow policy would have refused the request, which it does not count against. */
export type CountedDecision = 'allowed' | 'refused' | 'shadow-refused';

/** What a limiter has decided by one policy since it was created. */
export interface PolicySnapshot {
  /** The name of the policy; `other` for all policies after the first 50. */
  readonly policy: string;
  /** Decisions of `consume`, `check`, `wait` and `acquire`, also those without Redis. */
  readonly decisions: Readonly<Record<CountedDecision, number>>;
  /** Decisions without Redis because it failed, by what decided instead. */
  readonly errors: Readonly<Partial<Record<OnLimiterError, number>>>;
  /** From the call to its decision. Only calls that asked Redis: not those of the deny cache and of leased tokens. */
  readonly seconds: BucketSnapshot;
}
