import { checkOneOf, checkOptions, optionInvalid } from '../../../common/options.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import { RATE_LIMITER_DEFAULTS, type RateLimiterOptions } from '../../../rate-limiter/policy/rate-limiter-options.js';
import type { SubjectOf } from './rate-limit.metadata.js';

/** A built-in subject of requests: the client address, the signed-in user, or the API key. */
export type SubjectKind = 'ip' | 'user' | 'api-key';

/**
 * The rate limit headers of responses. `draft`: RateLimit and RateLimit-Policy; `legacy`: X-RateLimit-Limit, -Remaining
 * and -Reset; `both`; false: none. The header Retry-After of a 429 does not depend on it.
 */
export type HeaderStyle = 'draft' | 'legacy' | 'both' | false;

/** The options of the limiter and of the guard. */
export interface RateLimitOptions extends RateLimiterOptions {
  /** Names of the policies that apply to handlers without `@RateLimit`. @default none */
  readonly default?: readonly string[] | undefined;
  /**
   * The subject of requests. `ip`: the client's address as the framework sees it, also behind proxies that it trusts;
   * of an IPv6 address its /64. `user`: `request.user.id`, otherwise `.sub`. `api-key`: the header x-api-key, otherwise
   * the Bearer token, hashed. A function returns the subject itself.
   * @default 'ip'
   */
  readonly key?: SubjectKind | SubjectOf | undefined;
  /** The rate limit headers of every response. @default 'draft' */
  readonly headers?: HeaderStyle | undefined;
}

export interface ResolvedRateLimitOptions {
  /** The options of the limiter. */
  readonly limiter: RateLimiterOptions;
  /** The policies by name. */
  readonly policies: ReadonlyMap<string, RateLimitPolicy>;
  readonly default: readonly string[];
  readonly key: SubjectKind | SubjectOf;
  readonly headers: HeaderStyle;
}

export const RATE_LIMIT_DEFAULTS = {
  ...RATE_LIMITER_DEFAULTS,
  default: [],
  key: 'ip',
  headers: 'draft',
} as const satisfies RateLimitOptions;

/** The names of all options. */
export const RATE_LIMIT_OPTIONS: readonly string[] = Object.keys(RATE_LIMIT_DEFAULTS);

/**
 * Does not check the options of the limiter: its constructor does.
 * @throws RedisInfraError OPTION_INVALID with the option's path
 */
export function resolveRateLimitOptions(options: RateLimitOptions, path: string): ResolvedRateLimitOptions {
  checkOptions(options, RATE_LIMIT_OPTIONS, path);
  const {
    default: names = RATE_LIMIT_DEFAULTS.default,
    key = RATE_LIMIT_DEFAULTS.key,
    headers = RATE_LIMIT_DEFAULTS.headers,
    ...limiter
  } = options;
  const policies = byName(limiter.policies ?? RATE_LIMIT_DEFAULTS.policies, `${path}.policies`);
  if (typeof key !== 'function') checkOneOf(key, `${path}.key`, ['ip', 'user', 'api-key']);
  if (headers !== false) checkOneOf(headers, `${path}.headers`, ['draft', 'legacy', 'both']);
  return Object.freeze({ limiter, policies, default: checkDefault(names, policies, `${path}.default`), key, headers });
}

function byName(policies: readonly RateLimitPolicy[], path: string): ReadonlyMap<string, RateLimitPolicy> {
  if (!Array.isArray(policies)) throw optionInvalid(path, 'must be an array of policies');
  return new Map(policies.map((policy: RateLimitPolicy) => [policy?.name, policy]));
}

function checkDefault(
  names: readonly string[],
  policies: ReadonlyMap<string, RateLimitPolicy>,
  path: string,
): readonly string[] {
  if (!Array.isArray(names)) throw optionInvalid(path, 'must be an array of policy names');
  for (const [at, name] of names.entries()) {
    if (!policies.has(name)) throw optionInvalid(`${path}[${at}]`, 'is not the name of a policy in rateLimit.policies');
    if (names.indexOf(name) !== at) throw optionInvalid(`${path}[${at}]`, `lists '${name}' twice: remove one of them`);
  }
  return Object.freeze([...names]);
}
