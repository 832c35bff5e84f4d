import { optionInvalid } from '../../../common/options.js';
import type { ExecutionContext } from '@nestjs/common';
import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { ListedPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
import type { Verdict } from './guard-execution.js';
import type { GuardedCall } from '../http/guarded-call.js';
import { checkTokens } from '../policies/costed-decorator-policy.js';
import { joinedDecision } from '../http/joined-decision.js';
import { keepPermits } from '../permits/execution-permits.js';
import { HandlerPermits } from '../permits/handler-permits.js';
import type { PlannedPolicy } from '../policies/planned-policy.js';
import type { RateLimitPlan } from './rate-limit.plan.js';

const NONE: ReadonlySet<string> = new Set();

/** Asks the limiter what a plan says. */
export class PlanExecution {
  constructor(private readonly limiter: RateLimiter) {}

  /** Without the policies that were `counted` before. */
  run(call: GuardedCall, plan: RateLimitPlan, subject: string, counted = NONE): Promise<Verdict> {
    const { fixed, fixedCost, names } = plan;
    const isFixed = fixed !== undefined && plan.cost === undefined && plan.concurrent.length === 0;
    // Most handlers: the same is asked each time.
    if (isFixed && counted.size === 0 && fixed.length > 0)
      return this.limiter.consume(fixed, subject, fixedCost).then((decision) => ({ subject, names, decision }));
    return this.runExcept(call, plan, subject, counted);
  }

  private async runExcept(
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

  /** Permits come first, since they can be released as if nothing had been. */
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
        if (!(await permits.take(await policy.of(call.context)))) return permits.decision;
      const decision = await this.consume(call, plan, counted, subject);
      if (decision?.allowed === false) permits.release();
      else {
        keepPermits(call, permits);
        permits.releaseAfter(response);
      }
      return decision === undefined ? permits.decision : joinedDecision([...permits.decided, decision]);
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
    const given = await Promise.all(policies.map((policy) => listed(policy, plan, context)));
    if (plan.cost === undefined) return this.limiter.consume(given, subject, plan.fixedCost);
    const cost = checkTokens(await plan.cost(context), 'RateLimitCost');
    return this.limiter.consume(given, subject, { cost });
  }
}

/** A policy as it holds for this request, with its own cost where it has one. */
async function listed(planned: PlannedPolicy, plan: RateLimitPlan, context: ExecutionContext): Promise<ListedPolicy> {
  const policy = await planned.of(context);
  const cost = plan.costs.get(planned.name);
  if (cost === undefined) return policy;
  if (typeof cost === 'number') return { policy, cost };
  return { policy, cost: checkTokens(await cost(context), `RateLimit '${planned.name}'.cost`) };
}

function responseOf({ response }: GuardedCall): object {
  if (response !== undefined) return response;
  throw optionInvalid(
    'RateLimit.algorithm',
    'concurrency ends with the response, and there is none here: in GraphQL over HTTP put `res` into the context, elsewhere call limiter.acquire() in the handler',
  );
}
