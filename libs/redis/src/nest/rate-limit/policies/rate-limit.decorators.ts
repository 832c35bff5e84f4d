import { checkBoolean, checkInteger, checkOptions, optionInvalid } from '../../../common/options.js';
import { checkPolicyName } from '../../../rate-limiter/policy/compiled-policy.js';
import { getRateLimiterToken } from '../../tokens/redis.tokens.js';
import { checkCostedPolicies, type CostedGivenPolicy } from './costed-decorator-policy.js';
import type { DecoratorPolicy } from './inline-policy.js';
import { marking, type CostOf, type SubjectOf } from './rate-limit.metadata.js';

/** Options of `@RateLimit` with a list of policies. */
export interface RateLimitDecoratorOptions {
  /** True: the policies come on top of those of the class, or on a class on top of the module's `default`. @default false: they replace them */
  readonly extend?: boolean | undefined;
  /** The name of the `RedisModule` that counts. @default the one without a name; on a method that of the class */
  readonly instance?: string | undefined;
}

type Decorator = ClassDecorator & MethodDecorator;

/**
 * What `RateLimitGuard` holds requests to: names of policies of the module's options, policies, or both. All must have room, or nothing is
 * spent. On a class it holds for every handler; a handler's own list replaces that of its class, unless `extend` is true. An empty list
 * with an `instance` means that instance's `default`. `{ policy, cost }` charges that policy its own cost.
 *
 * @throws RedisInfraError OPTION_INVALID at once, when the class is defined
 * @example
 * @RateLimit({ limit: 100, window: '1m' })
 * @RateLimit('login', { limit: 1000, window: '1h' })
 * @RateLimit([{ limit: 5, window: '1m' }], { extend: true })
 * @RateLimit('uploads', { policy: 'megabytes', cost: (context) => megabytesOf(context) })
 */
export function RateLimit(...policies: (DecoratorPolicy | CostedGivenPolicy)[]): Decorator;
export function RateLimit(
  policies: readonly (DecoratorPolicy | CostedGivenPolicy)[],
  options: RateLimitDecoratorOptions,
): Decorator;
export function RateLimit(...given: readonly unknown[]): Decorator {
  const [first, options = {}] = given;
  const listed = Array.isArray(first);
  const { policies, costs } = checkCostedPolicies((listed ? first : given) as readonly DecoratorPolicy[], 'RateLimit');
  if (!listed)
    return marking('RateLimit', { policies: atLeastOne(policies), costs, extend: false, instance: undefined });
  if (given.length > 2) throw optionInvalid('RateLimit', 'takes policies, or a list of them and options');
  checkOptions(options, ['extend', 'instance'], 'RateLimit');
  const { extend = false, instance } = options as RateLimitDecoratorOptions;
  checkBoolean(extend, 'RateLimit.extend');
  if (instance === undefined) atLeastOne(policies);
  else getRateLimiterToken(instance);
  return marking('RateLimit', { policies, costs, extend, instance });
}

/**
 * Whom requests are counted for, instead of what `key` of the module's options says: an account, a tenant, the address of a mail.
 * Undefined or empty is an error (the request fails with 500), never a count that all share.
 *
 * @throws RedisInfraError OPTION_INVALID at once, for what is no function
 * @example @RateLimitKey((context) => context.switchToHttp().getRequest().body.email)
 */
export function RateLimitKey(subject: SubjectOf): Decorator {
  if (typeof subject !== 'function') throw optionInvalid('RateLimitKey', 'must be a function of the context');
  return marking('RateLimitKey', subject);
}

/**
 * How many tokens a request costs, of each of its policies that has no cost of its own; on `concurrency` it has no effect. 0 only looks.
 *
 * @throws RedisInfraError OPTION_INVALID at once, for what is neither a whole number from 0 nor a function
 */
export function RateLimitCost(cost: number | CostOf): Decorator {
  if (typeof cost !== 'function') checkInteger(cost, 'RateLimitCost', { min: 0, max: Number.MAX_SAFE_INTEGER });
  return marking('RateLimitCost', cost);
}

/**
 * Without names no policy holds here; with names all but those. On a class it takes away what the class and the module's `default` say:
 * what `@RateLimit` says on one of its methods still holds.
 *
 * @throws RedisInfraError OPTION_INVALID at once, for what is no name
 */
export function SkipRateLimit(...names: string[]): Decorator {
  const skipped = names.map((name, at) => checkPolicyName(name, `SkipRateLimit[${at}]`));
  return marking('SkipRateLimit', skipped.length === 0 ? 'all' : Object.freeze(skipped));
}

function atLeastOne(policies: readonly DecoratorPolicy[]): readonly DecoratorPolicy[] {
  if (policies.length > 0) return policies;
  throw optionInvalid('RateLimit', 'needs at least one policy; SkipRateLimit is for none');
}
