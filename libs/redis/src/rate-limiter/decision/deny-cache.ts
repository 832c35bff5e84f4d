import { LRUCache } from 'lru-cache';
import type { CallResult } from '../batching/awaited-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { askedAt, isSameCharge, type Charge } from '../policy/charge.js';
import type { PolicyVerdict } from '../policy/decide.calls.js';
import { decide } from './decisions.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { PolicyDecision, RateLimitDecision } from '../policy/rate-limit-decision.js';
import { policyKey } from '../policy/subject-key.js';

/** So long what another process did for a subject may go unseen. */
const MAX_MS = 1000;

/** That so many tokens were refused, until when that holds, and what was said then. */
interface Denial {
  readonly policy: CompiledPolicy;
  readonly amount: number;
  /** Of the whole call. */
  readonly charge: Charge;
  readonly decidedAtMs: number;
  readonly untilMs: number;
  readonly plan: PolicyPlan;
  readonly decision: RateLimitDecision;
}

/** Remembers refusals until the moment they named, so that those who do not wait cost the server nothing. */
export class DenyCache {
  /** What is asked carries it: an answer from before a change of ours is not remembered. */
  generation = 0;
  private readonly denials: LRUCache<string, Denial>;

  constructor(max: number) {
    this.denials = new LRUCache({ max });
  }

  /** The refusal that still holds for so many tokens; undefined if none does. */
  find(plan: PolicyPlan, key: string, charge: Charge): RateLimitDecision | undefined {
    if (this.denials.size === 0) return undefined;
    const nowMs = performance.now();
    for (let i = 0; i < plan.length; i++) {
      const policy = plan[i] as CompiledPolicy;
      if (policy.shadow) continue;
      const denial = this.denials.get(policyKey(policy.name, key));
      // A limit that was changed is another policy.
      if (denial?.policy === policy && askedAt(charge, i) >= denial.amount && nowMs < denial.untilMs)
        return currentDecision(denial, plan, charge, nowMs);
    }
    return undefined;
  }

  add(
    plan: PolicyPlan,
    key: string,
    charge: Charge,
    { verdict, sentMs }: CallResult,
    decision: RateLimitDecision,
  ): void {
    plan.forEach((policy, i) => {
      const { waitUs } = verdict.policies[i] as PolicyVerdict;
      // A place is free as soon as its holder leaves, which nobody knows beforehand.
      if (policy.shadow || waitUs <= 0 || policy.algorithm === 'concurrency') return;
      const untilMs = sentMs + Math.min(waitUs / 1000, MAX_MS);
      const amount = askedAt(charge, i);
      this.denials.set(policyKey(policy.name, key), {
        policy,
        amount,
        charge,
        decidedAtMs: sentMs,
        untilMs,
        plan,
        decision,
      });
    });
  }

  /** Something was done for the subject here that may let it through. */
  forget(plan: PolicyPlan, key: string): void {
    this.generation++;
    for (const policy of plan) this.denials.delete(policyKey(policy.name, key));
  }
}

/** What was said, as of now; of another list of policies, or at other costs, only what the one said. */
function currentDecision(denial: Denial, plan: PolicyPlan, charge: Charge, nowMs: number): RateLimitDecision {
  const { policy, decidedAtMs: saidMs, decision } = denial;
  const isSameCall = denial.plan === plan && isSameCharge(denial.charge, charge);
  const known = isSameCall ? decision.policies : decision.policies.filter((one) => one.policy === policy.name);
  const passedMs = Math.floor(nowMs - saidMs);
  return decide(
    known.map((one) => later(one, passedMs)),
    false,
    'deny-cache',
  );
}

function later(decision: PolicyDecision, passedMs: number): PolicyDecision {
  const { resetMs, retryAfterMs } = decision;
  return {
    ...decision,
    resetMs: Math.max(0, resetMs - passedMs),
    retryAfterMs: retryAfterMs === undefined ? undefined : Math.max(1, retryAfterMs - passedMs),
  };
}
