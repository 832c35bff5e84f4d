import type { ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { PolicyDecision, RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
import { AnswerHeaders } from '../http/answer-headers.js';
import { alreadyCountedPolicies, type GuardExecution, type Verdict } from './guard-execution.js';
import { guardedCall, type GuardedCall } from '../http/guarded-call.js';
import { HandlerCache } from './handler-cache.js';
import type { HandlerContext } from '../policies/handler-context.js';
import { PlanExecution } from './plan-execution.js';
import type { ResolvedRateLimitOptions } from '../policies/rate-limit.options.js';
import { RateLimitPlanner, type RateLimitPlan } from './rate-limit.plan.js';
import { refusalOf, unavailable, type Refusal } from '../http/rate-limit.problem.js';
import { refusalError } from '../http/refusal.error.js';
import { RequestMemory } from '../http/request-memory.js';

interface Parts {
  readonly limiter: RateLimiter;
  readonly options: ResolvedRateLimitOptions;
  readonly config: ApplicationConfig;
  readonly modules: ModulesContainer;
  readonly adapterHost: HttpAdapterHost;
}

/** What is remembered of a request as long as it is there. */
interface CountedRequest {
  readonly executions: GuardExecution[];
  /** What its answer says so far. */
  shown: readonly PolicyDecision[];
}

const NO_EXECUTIONS: readonly GuardExecution[] = [];

/** What all guards of one instance share: its limiter, the plans, and which requests were counted. */
export class RateLimitEngine {
  readonly headers: AnswerHeaders;
  private readonly plans = new HandlerCache<RateLimitPlan>();
  private readonly requests = new RequestMemory<CountedRequest>(() => ({ executions: [], shown: [] }));
  private readonly planner: RateLimitPlanner;
  private readonly execution: PlanExecution;

  constructor({ limiter, options, config, modules, adapterHost }: Parts) {
    this.headers = new AnswerHeaders(options.headers, adapterHost);
    this.planner = new RateLimitPlanner(options, config, modules);
    this.execution = new PlanExecution(limiter);
  }

  /** What to do for a handler. @throws RedisInfraError OPTION_INVALID where its decorators do not fit the options */
  planOf(context: HandlerContext): RateLimitPlan {
    return this.plans.get(context) ?? this.plans.set(context, this.newPlan(context));
  }

  /** True, or it rejects with what the client is to be told. However many guards of a handler ask, it is counted once. */
  admit(context: ExecutionContext, plan: RateLimitPlan): Promise<boolean> {
    const call = guardedCall(context);
    const request = this.requests.of(call.memory);
    const { executions: turns } = request;
    for (const execution of turns)
      if (execution.plan === plan && execution.execution === call.execution) return execution.admitted;
    const verdict = this.decide(call, plan, turns.length === 0 ? NO_EXECUTIONS : [...turns]);
    const admitted = this.answer(call, request, verdict);
    turns.push({ plan, execution: call.execution, verdict, admitted });
    return admitted;
  }

  private newPlan(context: HandlerContext): RateLimitPlan {
    const plan = this.planner.plan(context);
    for (const { name } of plan.concurrent) this.headers.limits.nameConcurrent(name);
    return plan;
  }

  private decide(call: GuardedCall, plan: RateLimitPlan, earlier: readonly GuardExecution[]): Promise<Verdict> {
    try {
      const subject = plan.subject(call);
      if (typeof subject === 'string' && earlier.length === 0) return this.execution.run(call, plan, subject);
      return this.decideLater(call, plan, Promise.resolve(subject), earlier);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async decideLater(
    call: GuardedCall,
    plan: RateLimitPlan,
    source: Promise<string>,
    earlier: readonly GuardExecution[],
  ): Promise<Verdict> {
    const subject = await source;
    if (earlier.length === 0) return this.execution.run(call, plan, subject);
    return this.execution.run(call, plan, subject, await alreadyCountedPolicies(plan, subject, earlier));
  }

  private async answer(call: GuardedCall, request: CountedRequest, pending: Promise<Verdict>): Promise<boolean> {
    const { decision, refusal } = await outcomeOf(pending);
    if (decision !== undefined) this.show(call, request, decision);
    if (refusal === undefined) return true;
    this.headers.refuse(call, refusal.problem);
    throw await refusalError(call.kind, refusal);
  }

  /** With several fields of a GraphQL operation, the answer says what all of them were counted by. */
  private show(call: GuardedCall, request: CountedRequest, { source, policies }: RateLimitDecision): void {
    // Nobody was counted, so any number would be made up.
    if (source === 'open' || source === 'closed') return;
    const others = request.shown.filter(({ policy }) => policies.every((one) => one.policy !== policy));
    request.shown = others.length === 0 ? policies : [...others, ...policies];
    this.headers.show(call, request.shown);
  }
}

interface Outcome {
  readonly decision?: RateLimitDecision | undefined;
  readonly refusal: Refusal | undefined;
}

async function outcomeOf(pending: Promise<Verdict>): Promise<Outcome> {
  try {
    const { decision } = await pending;
    return { decision, refusal: decision === undefined ? undefined : refusalOf(decision) };
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'LIMITER_UNAVAILABLE')
      return { refusal: unavailable(error) };
    throw error;
  }
}
