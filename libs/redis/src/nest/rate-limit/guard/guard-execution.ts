import type { RateLimitPlan, Verdict } from './rate-limit.plan.js';

/** One execution of a handler within a request. */
export interface GuardExecution {
  readonly plan: RateLimitPlan;
  readonly execution: object;
  readonly verdict: Promise<Verdict>;
  readonly admitted: Promise<boolean>;
}

const NO_POLICIES: ReadonlySet<string> = new Set();

/**
 * The policies that earlier executions of the request counted. A policy counts once per request and subject. A plan
 * that has already run counts again: otherwise a client could repeat a GraphQL field under any number of aliases for
 * the cost of one.
 */
export async function alreadyCountedPolicies(
  plan: RateLimitPlan,
  subject: string,
  earlier: readonly GuardExecution[],
): Promise<ReadonlySet<string>> {
  if (earlier.some((execution) => execution.plan === plan)) return NO_POLICIES;
  const names = new Set<string>();
  for (const { verdict } of earlier) {
    const before = await verdict.catch(() => undefined);
    // A refused execution has not spent anything.
    if (before?.decision?.allowed !== true || before.subject !== subject) continue;
    for (const name of before.names) names.add(name);
  }
  return names;
}
