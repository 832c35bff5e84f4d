import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';

/** Merges the decisions on one request: the numbers of the strictest decision, and the policies of all. */
export function mergeDecisions(decisions: readonly RateLimitDecision[]): RateLimitDecision | undefined {
  const [first, ...rest] = decisions;
  if (first === undefined || rest.length === 0) return first;
  const deciding = rest.reduce((strictest, next) => (isStricter(next, strictest) ? next : strictest), first);
  return { ...deciding, policies: decisions.flatMap(({ policies }) => policies) };
}

function isStricter(decision: RateLimitDecision, other: RateLimitDecision): boolean {
  return decision.allowed === other.allowed ? decision.remaining < other.remaining : !decision.allowed;
}
