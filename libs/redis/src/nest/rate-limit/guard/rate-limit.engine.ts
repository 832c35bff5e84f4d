import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { PolicyDecision, RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { ResponseHeaders } from '../http/response-headers.js';
import { alreadyCountedPolicies, type GuardExecution } from './guard-execution.js';
import { guardedCall, type GuardedCall } from '../http/guarded-call.js';
import { HandlerCache } from './handler-cache.js';
import type { HandlerContext } from '../policies/handler-context.js';
import type { RateLimitPlan, Verdict } from './rate-limit.plan.js';
import { RateLimitPlanner, type PlannerParts } from './rate-limit.planner.js';
import { refusalOf, unavailableRefusal, type Refusal } from '../http/rate-limit.problem.js';
import { refusalError } from '../http/refusal.error.js';
import { getRateLimitEngineToken } from '../../tokens/redis.tokens.js';
import { RequestMemory } from '../http/request-memory.js';

interface EngineParts extends PlannerParts {
  readonly adapterHost: HttpAdapterHost;
}

/** The state of one request. */
interface CountedRequest {
  readonly executions: GuardExecution[];
  /** The decisions that the headers of its response report so far. */
  reported: readonly PolicyDecision[];
}

const NO_EXECUTIONS: readonly GuardExecution[] = [];

/** The state that all guards of one instance share: the limiter, the plans and the counted requests. */
export class RateLimitEngine {
  readonly headers: ResponseHeaders;
  private readonly plans = new HandlerCache<RateLimitPlan>();
  private readonly requests = new RequestMemory<CountedRequest>(() => ({ executions: [], reported: [] }));
  private readonly planner: RateLimitPlanner;

  constructor(parts: EngineParts) {
    this.headers = new ResponseHeaders(parts.options.headers, parts.adapterHost);
    this.planner = new RateLimitPlanner(parts);
  }

  /**
   * The plan of a handler.
   * @throws RedisInfraError OPTION_INVALID when its decorators conflict with each other or the options
   */
  planOf(context: HandlerContext): RateLimitPlan {
    return this.plans.get(context) ?? this.plans.set(context, this.newPlan(context));
  }

  /**
   * Resolves with true, or rejects with the error for the client. Counts an execution once, however many guards the
   * handler has.
   */
  admit(context: ExecutionContext, plan: RateLimitPlan): Promise<boolean> {
    const call = guardedCall(context);
    const request = this.requests.of(call.memory);
    const { executions } = request;
    for (const execution of executions)
      if (execution.plan === plan && execution.execution === call.execution) return execution.admitted;
    const verdict = this.decide(call, plan, executions.length === 0 ? NO_EXECUTIONS : [...executions]);
    const admitted = this.respond(call, request, verdict);
    executions.push({ plan, execution: call.execution, verdict, admitted });
    return admitted;
  }

  private newPlan(context: HandlerContext): RateLimitPlan {
    const plan = this.planner.plan(context);
    for (const { name } of plan.concurrent) this.headers.limits.markConcurrent(name);
    return plan;
  }

  private decide(call: GuardedCall, plan: RateLimitPlan, earlier: readonly GuardExecution[]): Promise<Verdict> {
    try {
      const subject = plan.subject(call);
      if (typeof subject === 'string' && earlier.length === 0) return plan.run(call, subject);
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
    if (earlier.length === 0) return plan.run(call, subject);
    return plan.run(call, subject, await alreadyCountedPolicies(plan, subject, earlier));
  }

  private async respond(call: GuardedCall, request: CountedRequest, pending: Promise<Verdict>): Promise<boolean> {
    const { decision, refusal } = await outcomeOf(pending);
    if (decision !== undefined) this.writeLimits(call, request, decision);
    if (refusal === undefined) return true;
    this.headers.writeRefusal(call, refusal.problem);
    throw await refusalError(call.kind, refusal);
  }

  /** Several fields of a GraphQL operation share a response: its headers report the policies of all of them. */
  private writeLimits(call: GuardedCall, request: CountedRequest, { source, policies }: RateLimitDecision): void {
    // Not counted, so there are no numbers to report.
    if (source === 'open' || source === 'closed') return;
    const others = request.reported.filter(({ policy }) => policies.every((decision) => decision.policy !== policy));
    request.reported = others.length === 0 ? policies : [...others, ...policies];
    this.headers.writeLimits(call, request.reported);
  }
}

/**
 * Finds the engine of the instance `name`, also in modules that are neither global nor imported. Undefined: there is no
 * such instance.
 */
export function findEngine(moduleRef: ModuleRef, name: string | undefined): RateLimitEngine | undefined {
  try {
    return moduleRef.get<RateLimitEngine>(getRateLimitEngineToken(name), { strict: false });
  } catch {
    return undefined;
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
      return { refusal: unavailableRefusal(error) };
    throw error;
  }
}
