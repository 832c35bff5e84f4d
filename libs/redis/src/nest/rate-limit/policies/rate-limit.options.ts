import { checkOneOf, checkOptions, optionInvalid } from '../../../common/options.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import { RATE_LIMITER_DEFAULTS, type RateLimiterOptions } from '../../../rate-limiter/policy/rate-limiter-options.js';
import type { SubjectOf } from './rate-limit.metadata.js';

/** What of a request it is counted for, where no function says it. */
export type SubjectKind = 'ip' | 'user' | 'api-key';

/** `draft`: RateLimit and RateLimit-Policy; `legacy`: X-RateLimit-Limit, -Remaining and -Reset; false: none. Retry-After stands on every 429. */
export type HeaderStyle = 'draft' | 'legacy' | 'both' | false;

/** The limiter's options, and what the guard adds. */
export interface RateLimitOptions extends RateLimiterOptions {
  /** Names of policies that hold for handlers without `@RateLimit`. @default none */
  readonly default?: readonly string[] | undefined;
  /**
   * Whom requests are counted for: the client's address as the framework sees it, also behind proxies it trusts (an IPv6 client by its
   * /64); `request.user.id`, else `.sub`; the key of the header x-api-key, else the Bearer token, hashed; or what a function says.
   * @default 'ip'
   */
  readonly key?: SubjectKind | SubjectOf | undefined;
  /** What a client is told of its limits with every answer. @default 'draft' */
  readonly headers?: HeaderStyle | undefined;
}

export interface ResolvedRateLimitOptions {
  /** What the limiter is made with. */
  readonly limiter: RateLimiterOptions;
  /** Its policies by their names. */
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

/** What belongs to the limiter it checks itself. @throws RedisInfraError OPTION_INVALID with the option's path */
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
  if (!Array.isArray(policies)) throw optionInvalid(path, 'must be a list of policies');
  return new Map(policies.map((policy: RateLimitPolicy) => [policy?.name, policy]));
}

function checkDefault(
  names: readonly string[],
  policies: ReadonlyMap<string, RateLimitPolicy>,
  path: string,
): readonly string[] {
  if (!Array.isArray(names)) throw optionInvalid(path, 'must be a list of names');
  for (const [at, name] of names.entries()) {
    if (!policies.has(name)) throw optionInvalid(`${path}[${at}]`, 'is not the name of one of the policies beside it');
    if (names.indexOf(name) !== at) throw optionInvalid(`${path}[${at}]`, `names '${name}' a second time`);
  }
  return Object.freeze([...names]);
}
