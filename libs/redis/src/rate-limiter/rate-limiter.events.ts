import type { RedisInfraError } from '../common/redis-infra.error.js';
import type { PolicyDecision } from './policy/rate-limit-decision.js';
import type { OnLimiterError } from './policy/rate-limiter-options.js';

/** The events of a `RateLimiter`. */
export interface RateLimiterEvents {
  /** Redis did not decide. `error` is the reason, `action` the fallback that decided instead. */
  failure: { readonly error: RedisInfraError; readonly action: OnLimiterError };
  /** A shadow policy would have refused a request. */
  'would-refuse': PolicyDecision;
}
