import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { CallResult } from '../batching/awaited-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { requiredAt, isSameCharge, type Charge } from '../policy/charge.js';
import { encodedPart } from '../policy/encoded-part.js';
import { decide } from './decisions.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { PolicyDecision, RateLimitDecision } from '../policy/rate-limit-decision.js';
import { policyKey } from '../policy/subject-key.js';

/** Maximum lifetime of an entry: how long a change by another process, such as a refund, may go unnoticed. */
const MAX_MS = 1000;

/** A refusal of one policy. */
interface Denial {
  readonly policy: CompiledPolicy;
  /** Requests for this many tokens or more are refused. */
  readonly amount: number;
  /** The charge of the whole call. */
  readonly charge: Charge;
  readonly decidedAtMs: number;
  readonly untilMs: number;
  readonly plan: PolicyPlan;
  readonly decision: RateLimitDecision;
}

/** Caches refusals until their retry time, so that clients that retry too early cost the server nothing. */
export class DenyCache {
  /** Changes with every `forget`. A reply to a call of an earlier generation is not cached. */
  generation = 0;
  private readonly denials: LRUCache<string, Denial>;

  constructor(
    max: number,
    private readonly clock: Clock,
  ) {
    this.denials = new LRUCache({ max });
  }

  /** The cached refusal that applies to this charge; undefined if there is none. */
  find(plan: PolicyPlan, key: string, charge: Charge): RateLimitDecision | undefined {
    if (this.denials.size === 0) return undefined;
    const nowMs = this.clock.monotonicMs();
    for (let i = 0; i < plan.length; i++) {
      const policy = plan[i];
      if (policy === undefined || policy.shadow) continue;
      const denial = this.denials.get(policyKey(policy.name, key));
      // A changed limit is another policy object.
      if (denial?.policy === policy && requiredAt(charge, i) >= denial.amount && nowMs < denial.untilMs)
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
      const { waitUs } = encodedPart(verdict.policies[i]);
      // A permit can be released at any time, so a refusal by concurrency has no known end.
      if (policy.shadow || waitUs <= 0 || policy.algorithm === 'concurrency') return;
      const untilMs = sentMs + Math.min(waitUs / 1000, MAX_MS);
      const amount = requiredAt(charge, i);
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

  /** Removes the refusals of a subject, after an operation that may give it room. */
  forget(plan: PolicyPlan, key: string): void {
    this.generation++;
    for (const policy of plan) this.denials.delete(policyKey(policy.name, key));
  }
}

/** The cached decision with its times as of now. For another plan or charge, only the policy that refused. */
function currentDecision(denial: Denial, plan: PolicyPlan, charge: Charge, nowMs: number): RateLimitDecision {
  const { policy, decidedAtMs, decision } = denial;
  const isSameCall = denial.plan === plan && isSameCharge(denial.charge, charge);
  const policies = isSameCall
    ? decision.policies
    : decision.policies.filter(({ policy: name }) => name === policy.name);
  const passedMs = Math.floor(nowMs - decidedAtMs);
  return decide(
    policies.map((each) => afterDelay(each, passedMs)),
    false,
    'deny-cache',
  );
}

function afterDelay(decision: PolicyDecision, passedMs: number): PolicyDecision {
  const { resetMs, retryAfterMs } = decision;
  return {
    ...decision,
    resetMs: Math.max(0, resetMs - passedMs),
    retryAfterMs: retryAfterMs === undefined ? undefined : Math.max(1, retryAfterMs - passedMs),
  };
}
