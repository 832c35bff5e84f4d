import type { Clock } from '../../common/clock.js';
import { DECISIONS, type RateLimitTrace } from '../../common/diagnostics/channels.js';
import { begin, finish } from '../../common/diagnostics/publish.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';

/** Publishes a decision in the channel of decisions. Call it only while the channel has subscribers. */
export async function traceDecision<T>(
  operation: RateLimitTrace['operation'],
  plan: PolicyPlan,
  clock: Clock,
  decide: () => Promise<T>,
  decisionOf: (result: T) => RateLimitDecision,
): Promise<T> {
  const startedMs = clock.monotonicMs();
  const trace: RateLimitTrace = {
    operation,
    policies: plan.map(({ name }) => name),
    policy: undefined,
    source: undefined,
    outcome: undefined,
    durationMs: undefined,
    code: undefined,
  };
  try {
    const result = await begin(DECISIONS, trace, decide);
    const { allowed, policy, source } = decisionOf(result);
    Object.assign(trace, { outcome: allowed ? 'allowed' : 'refused', policy, source });
    return result;
  } catch (error) {
    Object.assign(trace, { outcome: 'error', code: error instanceof RedisInfraError ? error.code : undefined });
    throw error;
  } finally {
    trace.durationMs = clock.monotonicMs() - startedMs;
    finish(DECISIONS, trace);
  }
}
