import { checkInteger, optionInvalid } from '../../../common/options.js';
import { checkCosted, COSTS, isCosted } from '../../../rate-limiter/policy/costed-policy.js';
import { checkDecoratorPolicies, type DecoratorPolicy } from './inline-policy.js';
import type { CostOf, PoliciesMark } from './rate-limit.metadata.js';

/** A policy of `@RateLimit` that is charged another cost than `@RateLimitCost` names. */
export interface CostedGivenPolicy {
  /** A policy, or the name of one of the module's options. */
  readonly policy: DecoratorPolicy;
  /** Tokens of this policy: a whole number from 0, or a function of the request. 0 charges nothing, and still needs room for one token. */
  readonly cost: number | CostOf;
}

/** The policies of a decorator, and beside them the costs that some of them bring. @throws RedisInfraError OPTION_INVALID with the path */
export function checkCostedPolicies(
  given: readonly (DecoratorPolicy | CostedGivenPolicy)[],
  path: string,
): Pick<PoliciesMark, 'policies' | 'costs'> {
  const costs = given.map((entry, at) => (isCostedGiven(entry) ? checkCost(entry, `${path}[${at}]`) : undefined));
  const policies = checkDecoratorPolicies(
    given.map((entry) => (isCostedGiven(entry) ? entry.policy : entry)),
    path,
  );
  policies.forEach((policy, at) => {
    if (costs[at] !== undefined && typeof policy === 'object' && policy.algorithm === 'concurrency')
      throw optionInvalid(`${path}[${at}].cost`, COSTS_NO_PERMIT);
  });
  return { policies, costs: Object.freeze(costs) };
}

export const COSTS_NO_PERMIT = 'is not for concurrency: a permit has no cost';

/** The cost that a function names for a request. @throws RedisInfraError OPTION_INVALID */
export function checkTokens(cost: unknown, path: string): number {
  return checkInteger(cost, path, COSTS);
}

function isCostedGiven(entry: DecoratorPolicy | CostedGivenPolicy): entry is CostedGivenPolicy {
  return isCosted(entry);
}

function checkCost(entry: CostedGivenPolicy, path: string): number | CostOf {
  checkCosted(entry, path);
  return typeof entry.cost === 'function' ? entry.cost : checkTokens(entry.cost, `${path}.cost`);
}
