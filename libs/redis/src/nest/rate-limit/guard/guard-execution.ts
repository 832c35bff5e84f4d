import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { RateLimitPlan } from './rate-limit.plan.js';

/** What became of one execution: who was counted, by what, and what was decided. */
export interface Verdict {
  readonly subject: string;
  /** The policies that it was decided by; not those that were counted before. */
  readonly names: readonly string[];
  /** Undefined: all of its policies were counted before. */
  readonly decision: RateLimitDecision | undefined;
}

/** One execution of a handler within a request. */
export interface GuardExecution {
  readonly plan: RateLimitPlan;
  readonly execution: object;
  readonly verdict: Promise<Verdict>;
  readonly admitted: Promise<boolean>;
}

const NO_POLICIES: ReadonlySet<string> = new Set();

/**
 * The policies that earlier turns of the request were counted by: once per request and subject is enough. But a plan that had its turn
 * counts again: under as many aliases as a client likes, a GraphQL field would otherwise be had for the price of one.
 */
export async function alreadyCountedPolicies(
  plan: RateLimitPlan,
  subject: string,
  earlier: readonly GuardExecution[],
): Promise<ReadonlySet<string>> {
  if (earlier.some((turn) => turn.plan === plan)) return NO_POLICIES;
  const names = new Set<string>();
  for (const { verdict } of earlier) {
    const before = await verdict.catch(() => undefined);
    // What was refused has spent nothing.
    if (before?.decision?.allowed !== true || before.subject !== subject) continue;
    for (const name of before.names) names.add(name);
  }
  return names;
}
