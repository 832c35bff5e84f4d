import type { CallResult } from '../batching/awaited-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { costAt, type Charge } from '../policy/charge.js';
import { encodedPart } from '../policy/encoded-part.js';
import { NEVER, type CallVerdict, type PolicyVerdict } from '../policy/limiter-call.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { DecisionSource, PolicyDecision, RateLimitDecision } from '../policy/rate-limit-decision.js';

/** The decision for the caller of a `consume` or `peek`. */
export function decisionOf(
  plan: PolicyPlan,
  { verdict, nth }: CallResult,
  charge: Charge,
  source: DecisionSource,
): RateLimitDecision {
  const isAdmitted = nth < verdict.admitted;
  const policies = plan.map((policy, i) =>
    policyDecision(policy, encodedPart(verdict.policies[i]), isAdmitted ? nth : Infinity, costAt(charge, i)),
  );
  return decide(policies, isAdmitted, source);
}

/** The decision after any other operation: whether one token would be allowed now. */
export function currentState(plan: PolicyPlan, verdict: CallVerdict, source: DecisionSource): RateLimitDecision {
  const policies = plan.map((policy, i) => policyDecision(policy, encodedPart(verdict.policies[i]), Infinity, 1));
  const isAllowed = policies.every(({ allowed, shadow }) => allowed || shadow);
  return decide(policies, isAllowed, source);
}

/** The decision of `onError: 'open'` or `'closed'`, without counts. Shadow policies never refuse. */
export function blindDecision(plan: PolicyPlan, isOpen: boolean, source: DecisionSource): RateLimitDecision {
  const allowed = isOpen || plan.every(({ shadow }) => shadow);
  const policies = plan.map(({ name, limit, windowMs, burst, shadow }): PolicyDecision => ({
    policy: name,
    allowed,
    limit,
    burst,
    windowMs,
    remaining: allowed ? burst : 0,
    resetMs: 0,
    retryAfterMs: undefined,
    shadow,
  }));
  return decide(policies, allowed, source);
}

/** Builds a decision; its top-level fields are those of the deciding policy. */
export function decide(
  policies: readonly PolicyDecision[],
  allowed: boolean,
  source: DecisionSource,
): RateLimitDecision {
  const { policy, limit, burst, windowMs, remaining, resetMs, retryAfterMs, shadow } = deciding(policies, allowed);
  return {
    policy,
    allowed,
    limit,
    burst,
    windowMs,
    remaining,
    resetMs,
    retryAfterMs: allowed ? undefined : retryAfterMs,
    shadow,
    source,
    policies,
  };
}

/** Milliseconds until the policy allows the request; Infinity if it never does. */
export function waitMs({ allowed, retryAfterMs }: PolicyDecision): number {
  return allowed ? 0 : (retryAfterMs ?? Infinity);
}

function policyDecision(
  { name, limit, burst, windowMs, shadow }: CompiledPolicy,
  { counted, free, resetUs, waitUs }: PolicyVerdict,
  nth: number,
  amount: number,
): PolicyDecision {
  const allowed = nth < counted || (nth === Infinity && waitUs < 0 && waitUs !== NEVER);
  return {
    policy: name,
    allowed,
    limit,
    burst,
    windowMs,
    remaining: nth < counted ? free + (counted - nth - 1) * amount : free,
    resetMs: Math.ceil(resetUs / 1000),
    retryAfterMs: allowed || waitUs < 0 ? undefined : Math.ceil(waitUs / 1000),
    shadow,
  };
}

/**
 * The deciding policy of a non-empty list, or the deciding one of several decisions: the refusing one with the longest
 * wait, else the one with the fewest tokens left.
 */
export function deciding<T extends PolicyDecision>(decisions: readonly T[], allowed: boolean): T {
  return decisions.reduce((decides, next) => (decidesBefore(next, decides, allowed) ? next : decides));
}

function decidesBefore(policy: PolicyDecision, other: PolicyDecision, allowed: boolean): boolean {
  if (policy.shadow !== other.shadow) return other.shadow;
  return allowed ? policy.remaining < other.remaining : waitMs(policy) > waitMs(other);
}
