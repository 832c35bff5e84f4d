import { RedisInfraError } from '../common/redis-infra.error.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';

/** `check` refused a request. The code is RATE_LIMITED; `decision` has the policy and the retry time. */
export class RateLimitedError extends RedisInfraError {
  /** The name of the class. */
  override readonly name = 'RateLimitedError';

  constructor(
    /** The decision that refused the request. */
    readonly decision: RateLimitDecision,
  ) {
    const { policy, retryAfterMs } = decision;
    const when = retryAfterMs === undefined ? 'the cost is larger than the burst' : `retry in ${retryAfterMs} ms`;
    super('RATE_LIMITED', `the rate limit '${policy}' is exceeded: ${when}`, {
      outcome: 'not-executed',
      retryable: retryAfterMs !== undefined,
      context: { policy, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    });
  }
}
