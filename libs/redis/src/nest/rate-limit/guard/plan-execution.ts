import { optionInvalid } from '../../../common/options.js';
import type { ExecutionContext } from '@nestjs/common';
import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { ListedPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
import type { Verdict } from './guard-execution.js';
import type { GuardedCall } from '../http/guarded-call.js';
import { checkTokens } from '../policies/costed-decorator-policy.js';
import { mergeDecisions } from '../http/merge-decisions.js';
import { keepPermits } from '../permits/execution-permits.js';
import { HandlerPermits } from '../permits/handler-permits.js';
import type { PlannedPolicy } from '../policies/planned-policy.js';
import type { RateLimitPlan } from './rate-limit.plan.js';

const NONE: ReadonlySet<string> = new Set();

/** Runs plans against the limiter. */
export class PlanExecution {
  constructor(private readonly limiter: RateLimiter) {}

  /** Skips the policies in `counted`: an earlier execution of the request counted them. */
  run(call: GuardedCall, plan: RateLimitPlan, subject: string, counted = NONE): Promise<Verdict> {
    const { fixed, fixedCost, names } = plan;
    const isFixed = fixed !== undefined && plan.cost === undefined && plan.concurrent.length === 0;
    // Fast path for most handlers: the arguments are the same for every request.
    if (isFixed && counted.size === 0 && fixed.length > 0)
      return this.limiter.consume(fixed, subject, fixedCost).then((decision) => ({ subject, names, decision }));
    return this.runRemaining(call, plan, subject, counted);
  }

  private async runRemaining(
    call: GuardedCall,
    plan: RateLimitPlan,
    subject: string,
    counted: ReadonlySet<string>,
  ): Promise<Verdict> {
    const isNew = ({ name }: PlannedPolicy): boolean => !counted.has(name);
    const [concurrent, remaining] = [plan.concurrent.filter(isNew), plan.counted.filter(isNew)];
    return {
      subject,
      names: [...concurrent, ...remaining].map(({ name }) => name),
      decision: await this.acquireAndConsume(call, plan, { concurrent, counted: remaining }, subject),
    };
  }

  /** Acquires permits first: if the limiter then refuses, they can be released without a trace. */
  private async acquireAndConsume(
    call: GuardedCall,
    plan: RateLimitPlan,
    { concurrent, counted }: Pick<RateLimitPlan, 'concurrent' | 'counted'>,
    subject: string,
  ): Promise<RateLimitDecision | undefined> {
    if (concurrent.length === 0) return this.consume(call, plan, counted, subject);
    const response = responseOf(call);
    const permits = new HandlerPermits(this.limiter, subject);
    try {
      for (const policy of concurrent)
        if (!(await permits.take(await policy.forRequest(call.context)))) return permits.decision;
      const decision = await this.consume(call, plan, counted, subject);
      if (decision?.allowed === false) permits.release();
      else {
        keepPermits(call, permits);
        permits.releaseAfter(response);
      }
      return decision === undefined ? permits.decision : mergeDecisions([...permits.decided, decision]);
    } catch (error) {
      permits.release();
      throw error;
    }
  }

  private async consume(
    { context }: GuardedCall,
    plan: RateLimitPlan,
    policies: readonly PlannedPolicy[],
    subject: string,
  ): Promise<RateLimitDecision | undefined> {
    if (policies.length === 0) return undefined;
    const entries = await Promise.all(policies.map((policy) => toListedPolicy(policy, plan, context)));
    if (plan.cost === undefined) return this.limiter.consume(entries, subject, plan.fixedCost);
    const cost = checkTokens(await plan.cost(context), 'RateLimitCost');
    return this.limiter.consume(entries, subject, { cost });
  }
}

/** The policy for this request, with its own cost if it has one. */
async function toListedPolicy(
  planned: PlannedPolicy,
  plan: RateLimitPlan,
  context: ExecutionContext,
): Promise<ListedPolicy> {
  const policy = await planned.forRequest(context);
  const cost = plan.costs.get(planned.name);
  if (cost === undefined) return policy;
  if (typeof cost === 'number') return { policy, cost };
  return { policy, cost: checkTokens(await cost(context), `RateLimit '${planned.name}'.cost`) };
}

function responseOf({ response }: GuardedCall): object {
  if (response !== undefined) return response;
  throw optionInvalid(
    'RateLimit.algorithm',
    'concurrency holds a permit until the response ends, and this context has no response: in GraphQL over HTTP put `res` into the context, otherwise call limiter.acquire() in the handler',
  );
}
