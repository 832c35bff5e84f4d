import { checkInteger, optionInvalid } from '../../../common/options.js';
import { checkCosted, COSTS, isCosted } from '../../../rate-limiter/policy/costed-policy.js';
import { checkDecoratorPolicies, type DecoratorPolicy } from './inline-policy.js';
import type { CostOf, RateLimitMetadata } from './rate-limit.metadata.js';

/** A policy of `@RateLimit` with its own cost, instead of that of `@RateLimitCost`. */
export interface CostedDecoratorPolicy {
  /** A policy, or the name of a policy of `rateLimit.policies`. */
  readonly policy: DecoratorPolicy;
  /**
   * Tokens that this policy is charged: a whole number from 0, or a function that returns it. 0 charges nothing and
   * still needs room for one token.
   */
  readonly cost: number | CostOf;
}

/**
 * Splits the arguments of a decorator into policies and their costs.
 * @throws RedisInfraError OPTION_INVALID with the path
 */
export function checkCostedPolicies(
  entries: readonly (DecoratorPolicy | CostedDecoratorPolicy)[],
  path: string,
): Pick<RateLimitMetadata, 'policies' | 'costs'> {
  const costs = entries.map((entry, at) =>
    isCostedDecoratorPolicy(entry) ? checkCost(entry, `${path}[${at}]`) : undefined,
  );
  const policies = checkDecoratorPolicies(
    entries.map((entry) => (isCostedDecoratorPolicy(entry) ? entry.policy : entry)),
    path,
  );
  policies.forEach((policy, at) => {
    if (costs[at] !== undefined && typeof policy === 'object' && policy.algorithm === 'concurrency')
      throw optionInvalid(`${path}[${at}].cost`, COSTS_NO_PERMIT);
  });
  return { policies, costs: Object.freeze(costs) };
}

export const COSTS_NO_PERMIT = 'is not allowed for a concurrency policy: permits have no cost';

/** Checks the cost that a function returned for a request. @throws RedisInfraError OPTION_INVALID */
export function checkTokens(cost: unknown, path: string): number {
  return checkInteger(cost, path, COSTS);
}

function isCostedDecoratorPolicy(entry: DecoratorPolicy | CostedDecoratorPolicy): entry is CostedDecoratorPolicy {
  return isCosted(entry);
}

function checkCost(entry: CostedDecoratorPolicy, path: string): number | CostOf {
  checkCosted(entry, path);
  return typeof entry.cost === 'function' ? entry.cost : checkTokens(entry.cost, `${path}.cost`);
}
