import { RedisInfraError } from '../common/redis-infra.error.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';

/** A request was refused by `check`: `decision` says by which policy, and when it may come again. Its code is RATE_LIMITED. */
export class RateLimitedError extends RedisInfraError {
  /** The name of the class. */
  override readonly name = 'RateLimitedError';

  constructor(
    /** The decision that refused the request. */
    readonly decision: RateLimitDecision,
  ) {
    const { policy, retryAfterMs } = decision;
    const when =
      retryAfterMs === undefined ? 'it costs more than the policy ever allows' : `again in ${retryAfterMs} ms`;
    super('RATE_LIMITED', `the rate limit '${policy}' is used up: ${when}`, {
      outcome: 'not-executed',
      retryable: retryAfterMs !== undefined,
      context: { policy, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    });
  }
}
