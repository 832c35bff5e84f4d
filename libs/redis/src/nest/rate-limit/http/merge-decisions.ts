import { deciding } from '../../../rate-limiter/decision/decisions.js';
import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';

/** Merges the decisions on one request: the numbers of the deciding one, and the policies of all. */
export function mergeDecisions(decisions: readonly RateLimitDecision[]): RateLimitDecision | undefined {
  if (decisions.length < 2) return decisions[0];
  const isAllowed = decisions.every(({ allowed }) => allowed);
  return { ...deciding(decisions, isAllowed), policies: decisions.flatMap(({ policies }) => policies) };
}
