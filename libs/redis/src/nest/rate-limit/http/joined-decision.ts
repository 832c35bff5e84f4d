import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';

/** Of several decisions on one request one: at the top the one that decides, below it what every policy says. */
export function joinedDecision(decisions: readonly RateLimitDecision[]): RateLimitDecision | undefined {
  const [first, ...others] = decisions;
  if (first === undefined || others.length === 0) return first;
  const deciding = others.reduce((one, other) => (isStricter(other, one) ? other : one), first);
  return { ...deciding, policies: decisions.flatMap(({ policies }) => policies) };
}

function isStricter(one: RateLimitDecision, other: RateLimitDecision): boolean {
  return one.allowed === other.allowed ? one.remaining < other.remaining : !one.allowed;
}
