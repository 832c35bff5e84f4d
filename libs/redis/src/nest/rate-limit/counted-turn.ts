import type { RateLimitDecision } from '../../scripts/rate-limiter/rate-limit-decision.js';
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
export interface CountedTurn {
  readonly plan: RateLimitPlan;
  readonly execution: object;
  readonly verdict: Promise<Verdict>;
  readonly admitted: Promise<boolean>;
}

/** What earlier turns of the request say of a plan's policies. */
export interface CountedBefore {
  /** They are not counted again. */
  readonly names: ReadonlySet<string>;
  /** One of them was refused then, and is now. */
  readonly refused: RateLimitDecision | undefined;
}

const NOTHING: CountedBefore = { names: new Set(), refused: undefined };

/**
 * A policy is counted once per request and subject. But a plan that had its turn counts again: under as many aliases as a client likes, a
 * GraphQL field would otherwise be had for the price of one.
 */
export async function countedBefore(
  plan: RateLimitPlan,
  subject: string,
  earlier: readonly CountedTurn[],
): Promise<CountedBefore> {
  if (earlier.some((turn) => turn.plan === plan)) return NOTHING;
  const own = new Set(plan.names);
  const names = new Set<string>();
  for (const { verdict } of earlier) {
    const before = await verdict.catch(() => undefined);
    if (before?.decision === undefined || before.subject !== subject) continue;
    const shared = before.names.filter((name) => own.has(name));
    // What was refused spent nothing, and is no reason for others unless it was a shared policy that refused.
    if (before.decision.allowed) for (const name of shared) names.add(name);
    else if (shared.some((name) => refusedBy(before.decision, name))) return { names, refused: before.decision };
  }
  return { names, refused: undefined };
}

function refusedBy(decision: RateLimitDecision | undefined, name: string): boolean {
  return decision?.policies.some(({ policy, allowed, shadow }) => policy === name && !allowed && !shadow) ?? false;
}
