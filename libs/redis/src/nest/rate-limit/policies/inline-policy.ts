import type { ExecutionContext } from '@nestjs/common';
import { checkOptions, optionInvalid } from '../../../common/options.js';
import { checkPolicyName, compilePolicy, POLICY_OPTIONS } from '../../../rate-limiter/policy/compiled-policy.js';
import type { RateLimitPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';

/** Returns the limit for a request, for example that of the customer's plan: a whole number from 1. */
export type LimitOf = (context: ExecutionContext) => number | Promise<number>;

/**
 * A policy object of `@RateLimit`. `name` is optional; the default depends on where the decorator is applied:
 *
 * - on a controller, its route: `/api/cities`, one count for all handlers;
 * - on a handler, its method and route, field or pattern: `GET /api/cities/:id`, `Query.search`, `ws search`, `rpc sum`;
 * - on a resolver or gateway class, which has no route, that of each handler.
 *
 * The host of a controller comes before the route: `GET admin.example.com/cities`. If another policy has the name, the
 * window is appended (`/api/cities 1h`), then a number.
 */
export type InlinePolicy = Omit<RateLimitPolicy, 'name' | 'limit'> & {
  /** The name of the count. @default derived from the controller or handler */
  readonly name?: string | undefined;
  /** Tokens per window, or a function that returns them for a request. */
  readonly limit: number | LimitOf;
};

/** An argument of `@RateLimit`: the name of a policy in `rateLimit.policies`, or a policy object. */
export type DecoratorPolicy = string | InlinePolicy;

/** Placeholders for the check: the real name and limit are resolved later. */
const PLACEHOLDER_NAME = 'policy';
const PLACEHOLDER_LIMIT = 1;

/**
 * Returns a frozen copy of the list.
 * @throws RedisInfraError OPTION_INVALID when a policy is invalid or a name is listed twice
 */
export function checkDecoratorPolicies(policies: readonly DecoratorPolicy[], path: string): readonly DecoratorPolicy[] {
  const checked = policies.map((policy, at) => checkDecoratorPolicy(policy, `${path}[${at}]`));
  const names = checked.map((policy) => (typeof policy === 'string' ? policy : policy.name));
  const duplicate = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  if (duplicate !== undefined) throw optionInvalid(path, `lists '${duplicate}' twice: remove one of them`);
  return Object.freeze(checked);
}

function checkDecoratorPolicy(policy: DecoratorPolicy, path: string): DecoratorPolicy {
  if (typeof policy === 'string') return checkPolicyName(policy, path);
  checkOptions(policy, POLICY_OPTIONS, path);
  const { name = PLACEHOLDER_NAME, limit } = policy;
  compilePolicy({ ...policy, name, limit: typeof limit === 'function' ? PLACEHOLDER_LIMIT : limit }, path);
  return Object.freeze({ ...policy });
}
