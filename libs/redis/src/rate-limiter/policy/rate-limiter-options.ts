import { durationMs, type Duration } from '../../common/duration.js';
import { definedMembers } from '../../common/defined-members.js';
import { checkInteger, checkOneOf, checkOptions, join } from '../../common/options.js';
import { PolicyPlans } from './policy-plan.js';
import type { RateLimitPolicy } from './rate-limit-policy.js';

/** What decides while the server is away: the same algorithm in this process, everybody is let through, or nobody is. */
export type OnLimiterError = 'local' | 'open' | 'closed';

/** Options of `RateLimiter`. */
export interface RateLimiterOptions {
  /** Policies that are then called by their names. @default none */
  readonly policies?: readonly RateLimitPolicy[] | undefined;
  /** How long a decision may take; then `onError` decides, and nothing is counted late. From 1 ms to 10 s. @default '50ms' */
  readonly deadline?: Duration | undefined;
  /** What decides while Redis is unavailable or the deadline has passed. @default 'local' */
  readonly onError?: OnLimiterError | undefined;
  /** Among how many processes a limit is divided while each is on its own (`local`). From 1. @default 1 */
  readonly instances?: number | undefined;
  /** How many refusals are remembered, so that they cost no call; at most a second each. False: none. @default 10000 */
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
  /** 0: none are remembered. */
  readonly denyCache: number;
}

const DEADLINE_LIMITS = { minMs: 1, maxMs: 10_000 };
const MAX_DENY_CACHE = { min: 1, max: 1_000_000 };

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveLimiterOptions(options: RateLimiterOptions = {}, path = ''): ResolvedLimiterOptions {
  checkOptions(options, RATE_LIMITER_OPTIONS, path);
  const given = { ...RATE_LIMITER_DEFAULTS, ...definedMembers(options) };
  return Object.freeze({
    plans: new PolicyPlans(given.policies, join(path, 'policies')),
    deadlineMs: durationMs(given.deadline, join(path, 'deadline'), DEADLINE_LIMITS),
    onError: checkOneOf(given.onError, join(path, 'onError'), ['local', 'open', 'closed']),
    instances: checkInteger(given.instances, join(path, 'instances'), MAX_DENY_CACHE),
    denyCache: given.denyCache === false ? 0 : checkInteger(given.denyCache, join(path, 'denyCache'), MAX_DENY_CACHE),
  });
}
