import { checkBoolean, checkInteger, checkOptions, optionInvalid } from '../../../common/options.js';
import { checkPolicyName } from '../../../rate-limiter/policy/compiled-policy.js';
import { getRateLimiterToken } from '../../tokens/redis.tokens.js';
import { checkCostedPolicies, type CostedDecoratorPolicy } from './costed-decorator-policy.js';
import type { DecoratorPolicy } from './inline-policy.js';
import { metadataDecorator, type CostOf, type SubjectOf } from './rate-limit.metadata.js';

/** The options of `@RateLimit([…], options)`. */
export interface RateLimitDecoratorOptions {
  /**
   * True: adds the policies to the inherited ones: on a method those of its class, on a class those of
   * `rateLimit.default`.
   * @default false: the policies replace the inherited ones
   */
  readonly extend?: boolean | undefined;
  /**
   * The `name` of the `RedisModule` that counts.
   * @default on a method the instance of its class, otherwise the unnamed instance
   */
  readonly instance?: string | undefined;
}

/** A decorator of a class or of a method. */
export type RateLimitDecorator = ClassDecorator & MethodDecorator;

type ListedPolicy = DecoratorPolicy | CostedDecoratorPolicy;
/** The arguments of the second form of `@RateLimit`. */
type ListAndOptions = [policies: readonly ListedPolicy[], options?: RateLimitDecoratorOptions];

/**
 * Limits the requests of a handler or of all handlers of a class. `RateLimitGuard` enforces it.
 *
 * Each policy is a name from `rateLimit.policies`, a policy object, or `{ policy, cost }` to charge that policy its own
 * cost. A request must pass all policies; if one refuses, no policy is charged. Policies of a handler replace those of
 * its class, unless `extend` is true. An empty list with an `instance` selects the `rateLimit.default` of that
 * instance.
 *
 * The application does not start (OPTION_INVALID) when a name is not in `rateLimit.policies`, or no `RedisModule` has
 * the name `instance`.
 *
 * @throws RedisInfraError OPTION_INVALID when the class is defined and a policy or an option is invalid
 * @example
 * @RateLimit({ limit: 100, window: '1m' })
 * @RateLimit('login', { limit: 1000, window: '1h' })
 * @RateLimit([{ limit: 5, window: '1m' }], { extend: true })
 * @RateLimit('uploads', { policy: 'megabytes', cost: (context) => megabytesOf(context) })
 */
export function RateLimit(...policies: (DecoratorPolicy | CostedDecoratorPolicy)[]): RateLimitDecorator;
export function RateLimit(
  policies: readonly (DecoratorPolicy | CostedDecoratorPolicy)[],
  options: RateLimitDecoratorOptions,
): RateLimitDecorator;
export function RateLimit(...args: ListedPolicy[] | ListAndOptions): RateLimitDecorator {
  return isListAndOptions(args) ? limitByList(args) : limitBy(args);
}

function isListAndOptions(args: ListedPolicy[] | ListAndOptions): args is ListAndOptions {
  return Array.isArray(args[0]);
}

function limitBy(listed: readonly ListedPolicy[]): RateLimitDecorator {
  const { policies, costs } = checkCostedPolicies(listed, 'RateLimit');
  return metadataDecorator('RateLimit', {
    policies: atLeastOne(policies),
    costs,
    extend: false,
    instance: undefined,
  });
}

function limitByList(args: ListAndOptions): RateLimitDecorator {
  const [listed, options = {}] = args;
  const { policies, costs } = checkCostedPolicies(listed, 'RateLimit');
  if (args.length > 2)
    throw optionInvalid('RateLimit', 'takes either policies, or one array of policies and an options object');
  checkOptions(options, ['extend', 'instance'], 'RateLimit');
  const { extend = false, instance } = options;
  checkBoolean(extend, 'RateLimit.extend');
  if (instance === undefined) atLeastOne(policies);
  else getRateLimiterToken(instance);
  return metadataDecorator('RateLimit', { policies, costs, extend, instance });
}

/**
 * Sets the subject that requests are counted for, instead of `rateLimit.key`: an account, a tenant, an email address.
 * On a method it replaces that of the class. If the function returns undefined or an empty string, the request fails
 * with status 500: requests never share a default subject.
 *
 * @param subject returns the subject of a request, or a promise of it
 * @throws RedisInfraError OPTION_INVALID when `subject` is not a function
 * @example @RateLimitKey((context) => context.switchToHttp().getRequest().body.email)
 */
export function RateLimitKey(subject: SubjectOf): RateLimitDecorator {
  if (typeof subject !== 'function')
    throw optionInvalid('RateLimitKey', 'must be a function of the ExecutionContext that returns the subject');
  return metadataDecorator('RateLimitKey', subject);
}

/**
 * Sets the tokens that a request costs. It applies to each policy of the handler without its own `cost`, except
 * `concurrency` policies. On a method it replaces that of the class. Without it a request costs 1.
 *
 * @param cost a whole number from 0, or a function that returns it; 0 charges nothing and still needs room for one
 * token
 * @throws RedisInfraError OPTION_INVALID when `cost` is neither a whole number from 0 nor a function
 * @example @RateLimitCost((context) => context.switchToHttp().getRequest().body.items.length)
 */
export function RateLimitCost(cost: number | CostOf): RateLimitDecorator {
  if (typeof cost !== 'function') checkInteger(cost, 'RateLimitCost', { min: 0, max: Number.MAX_SAFE_INTEGER });
  return metadataDecorator('RateLimitCost', cost);
}

/**
 * Exempts a handler, or the handlers of a class, from rate limiting. With names it removes only these policies. On a
 * class it removes policies of the class and of `rateLimit.default`; policies from `@RateLimit` on a method still
 * apply.
 *
 * @param names names of policies; none exempts from all policies The application does not start (OPTION_INVALID) when
 * no policy has one of the names.
 *
 * @throws RedisInfraError OPTION_INVALID when a name is not 1 to 128 characters of printable ASCII
 * @example
 * @SkipRateLimit()
 * @SkipRateLimit('search-burst')
 */
export function SkipRateLimit(...names: string[]): RateLimitDecorator {
  const skipped = names.map((name, at) => checkPolicyName(name, `SkipRateLimit[${at}]`));
  return metadataDecorator('SkipRateLimit', skipped.length === 0 ? 'all' : Object.freeze(skipped));
}

function atLeastOne(policies: readonly DecoratorPolicy[]): readonly DecoratorPolicy[] {
  if (policies.length > 0) return policies;
  throw optionInvalid('RateLimit', 'needs at least one policy; to exempt a handler, use @SkipRateLimit()');
}
