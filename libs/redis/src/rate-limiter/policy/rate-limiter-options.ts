import { durationMs, type Duration } from '../../common/duration.js';
import { definedMembers } from '../../common/defined-members.js';
import { checkInteger, checkOneOf, checkOptions, join } from '../../common/options.js';
import { PolicyPlans } from './policy-plan.js';
import type { RateLimitPolicy } from './rate-limit-policy.js';

/**
 * How to decide while Redis is unavailable: by the same algorithm in this process, allow all requests, or refuse all
 * requests.
 */
export type OnLimiterError = 'local' | 'open' | 'closed';

/** Options of `RateLimiter`. */
export interface RateLimiterOptions {
  /** Policies that calls can refer to by name. @default none */
  readonly policies?: readonly RateLimitPolicy[] | undefined;
  /**
   * The longest time for a decision. After it `onError` decides, and the server counts nothing late. From 1 ms to 10 s.
   * @default '50ms'
   */
  readonly deadline?: Duration | undefined;
  /** How to decide while Redis is unavailable. @default 'local' */
  readonly onError?: OnLimiterError | undefined;
  /** Number of processes that share each limit while they decide locally. From 1 to 1000000. @default 1 */
  readonly instances?: number | undefined;
  /**
   * Maximum cached refusals, each for at most one second; a cached refusal costs no call. `false` disables the cache.
   * @default 10000
   */
  readonly denyCache?: number | false | undefined;
}

export const RATE_LIMITER_DEFAULTS = {
  policies: [],
  deadline: '50ms',
  onError: 'local',
  instances: 1,
  denyCache: 10_000,
} as const satisfies RateLimiterOptions;

export const RATE_LIMITER_OPTIONS = [
  'policies',
  'deadline',
  'onError',
  'instances',
  'denyCache',
] as const satisfies readonly (keyof RateLimiterOptions)[];

export interface ResolvedLimiterOptions {
  readonly plans: PolicyPlans;
  readonly deadlineMs: number;
  readonly onError: OnLimiterError;
  readonly instances: number;
  /** Maximum entries; 0: no cache. */
  readonly denyCache: number;
}

const DEADLINE_LIMITS = { minMs: 1, maxMs: 10_000 };
const INSTANCES_LIMITS = { min: 1, max: 1_000_000 };
const DENY_CACHE_LIMITS = { min: 1, max: 1_000_000 };

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveLimiterOptions(options: RateLimiterOptions = {}, path = ''): ResolvedLimiterOptions {
  checkOptions(options, RATE_LIMITER_OPTIONS, path);
  const resolved = { ...RATE_LIMITER_DEFAULTS, ...definedMembers(options) };
  return Object.freeze({
    plans: new PolicyPlans(resolved.policies, join(path, 'policies')),
    deadlineMs: durationMs(resolved.deadline, join(path, 'deadline'), DEADLINE_LIMITS),
    onError: checkOneOf(resolved.onError, join(path, 'onError'), ['local', 'open', 'closed']),
    instances: checkInteger(resolved.instances, join(path, 'instances'), INSTANCES_LIMITS),
    denyCache:
      resolved.denyCache === false ? 0 : checkInteger(resolved.denyCache, join(path, 'denyCache'), DENY_CACHE_LIMITS),
  });
}
