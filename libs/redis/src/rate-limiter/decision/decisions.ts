import type { CallResult } from '../batching/awaited-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { costAt, type Charge } from '../policy/charge.js';
import { NEVER, type CallVerdict, type PolicyVerdict } from '../policy/decide.calls.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { DecisionSource, PolicyDecision, RateLimitDecision } from '../policy/rate-limit-decision.js';

/** What a caller is told of what came of its call, which charged so much. */
export function decisionOf(
  plan: PolicyPlan,
  { verdict, nth }: CallResult,
  charge: Charge,
  source: DecisionSource,
): RateLimitDecision {
  const isAdmitted = nth < verdict.admitted;
  const policies = plan.map((policy, i) =>
    policyDecision(policy, verdict.policies[i] as PolicyVerdict, isAdmitted ? nth : Infinity, costAt(charge, i)),
  );
  return decide(policies, isAdmitted, source);
}

/** How it stands after something else than a request: whether one token would be let through. */
export function currentState(plan: PolicyPlan, verdict: CallVerdict, source: DecisionSource): RateLimitDecision {
  const policies = plan.map((policy, i) => policyDecision(policy, verdict.policies[i] as PolicyVerdict, Infinity, 1));
  const isAllowed = policies.every(({ allowed, shadow }) => allowed || shadow);
  return decide(policies, isAllowed, source);
}

/** The same for nobody having been asked. What is in shadow refuses nobody then, too. */
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

/** What is at the top is the policy's that decides. */
export function decide(
  policies: readonly PolicyDecision[],
  allowed: boolean,
  source: DecisionSource,
): RateLimitDecision {
  const { policy, limit, burst, windowMs, remaining, resetMs, retryAfterMs, shadow } = deciding(policies, allowed);
  const againMs = allowed ? undefined : retryAfterMs;
  return {
    policy,
    allowed,
    limit,
    burst,
    windowMs,
    remaining,
    resetMs,
    retryAfterMs: againMs,
    shadow,
    source,
    policies,
  };
}

/** How long until that policy lets it through: for ever, where it never does. */
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

/** Of several policies the one that decides. */
export function deciding(policies: readonly PolicyDecision[], allowed: boolean): PolicyDecision {
  let decides = policies[0] as PolicyDecision;
  for (let i = 1; i < policies.length; i++) {
    const policy = policies[i] as PolicyDecision;
    if (isBefore(policy, decides, allowed)) decides = policy;
  }
  return decides;
}

function isBefore(policy: PolicyDecision, other: PolicyDecision, allowed: boolean): boolean {
  if (policy.shadow !== other.shadow) return other.shadow;
  return allowed ? policy.remaining < other.remaining : waitMs(policy) > waitMs(other);
}
