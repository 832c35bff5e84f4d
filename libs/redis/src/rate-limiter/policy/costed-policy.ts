import { checkInteger, join, optionInvalid } from '../../common/options.js';
import { ONE_TOKEN, type Charge } from './charge.js';
import type { CompiledPolicy } from './compiled-policy.js';
import type { CostedPolicy, ListedPolicy, Policies, RateLimitPolicy } from './rate-limit-policy.js';

/** The range of a cost: whole numbers from 0. */
export const COSTS = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Whether a list entry has its own cost. */
export function isCosted(entry: unknown): entry is CostedPolicy {
  return typeof entry === 'object' && entry !== null && 'policy' in entry;
}

/** Whether the policies of a call are a list. */
export function isList(policies: Policies): policies is readonly ListedPolicy[] {
  return Array.isArray(policies);
}

/** The policy of a list entry, without its cost. */
export function policyOf(entry: ListedPolicy): string | RateLimitPolicy {
  return isCosted(entry) ? entry.policy : entry;
}

/**
 * The charge of a call: `cost` for each policy, or the cost of its entry.
 * @throws RedisInfraError OPTION_INVALID with the entry's path
 */
export function chargeOf(policies: Policies, plan: readonly CompiledPolicy[], cost: number): Charge {
  if (!isList(policies) || !policies.some(isCosted)) return amountOf(cost);
  const costs = policies.map((entry, i) => {
    if (!isCosted(entry)) return cost;
    const path = `policies[${i}]`;
    if (plan[i]?.algorithm === 'concurrency')
      throw optionInvalid(join(path, 'cost'), 'is not for concurrency: a permit has no cost');
    return checkInteger(entry.cost, join(path, 'cost'), COSTS);
  });
  // Normalise a list of one entry, so that it equals the call with the bare policy.
  const [only] = costs;
  return costs.length === 1 && only !== undefined ? amountOf(only) : { amount: cost, costs };
}

function amountOf(amount: number): Charge {
  return amount === 1 ? ONE_TOKEN : { amount };
}

/** Rejects unknown names in an entry: a misspelt `cost` would charge the wrong amount. */
export function checkCosted(entry: object, path: string): void {
  for (const name in entry)
    if (name !== 'policy' && name !== 'cost')
      throw optionInvalid(join(path, name), 'is not an option; known are policy, cost');
}
