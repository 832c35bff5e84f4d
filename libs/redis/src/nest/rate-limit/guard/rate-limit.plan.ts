import type { ExecutionContext } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import type { RateLimitDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import type { ListedPolicy } from '../../../rate-limiter/policy/rate-limit-policy.js';
import type { RateLimiter } from '../../../rate-limiter/rate-limiter.js';
import type { GuardedCall } from '../http/guarded-call.js';
import type { SubjectSource } from '../http/request-subject.js';
import { keepPermits } from '../permits/execution-permits.js';
import { HandlerPermits } from '../permits/handler-permits.js';
import { checkTokens } from '../policies/costed-decorator-policy.js';
import type { PlannedPolicy } from '../policies/planned-policy.js';
import type { CostOf } from '../policies/rate-limit.metadata.js';

/** What the decorators and the options determine for one handler. */
export interface PlanParts {
  readonly policies: readonly PlannedPolicy[];
  /** The costs of policies with their own `cost`, by name. */
  readonly costs: ReadonlyMap<string, number | CostOf>;
  /** The cost of the other policies. */
  readonly cost: number | CostOf;
  readonly subject: SubjectSource;
}

/** The result of one execution: its subject, its policies and the decision. */
export interface Verdict {
  readonly subject: string;
  /** The policies that were counted. Excludes those that an earlier execution of the request counted. */
  readonly names: readonly string[];
  /** Undefined: earlier executions counted all of its policies. */
  readonly decision: RateLimitDecision | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/** The checked policies, subject and costs of one handler, and how the limiter decides on its requests. */
export class RateLimitPlan {
  readonly subject: SubjectSource;
  /** The names of all policies. */
  readonly names: readonly string[];
  /** The `concurrency` policies: their permits are held until the response has ended and the handler has settled. */
  readonly concurrent: readonly PlannedPolicy[];
  /** The policies whose tokens are spent, all in one call. */
  private readonly counted: readonly PlannedPolicy[];
  private readonly costs: PlanParts['costs'];
  /** The cost of a request if it depends on the request. */
  private readonly costOf: CostOf | undefined;
  /** The cost of a request if it is always the same. Undefined: 1. */
  private readonly fixedCost: { readonly cost: number } | undefined;
  /** The arguments for the limiter if they are the same for every request. */
  private readonly fixed: readonly ListedPolicy[] | undefined;

  constructor(
    private readonly limiter: RateLimiter,
    { policies, costs, cost, subject }: PlanParts,
  ) {
    this.subject = subject;
    this.names = policies.map(({ name }) => name);
    this.concurrent = policies.filter((policy) => policy.concurrent);
    this.counted = policies.filter((policy) => !policy.concurrent);
    this.costs = costs;
    if (typeof cost === 'function') this.costOf = cost;
    else if (cost !== 1) this.fixedCost = Object.freeze({ cost });
    if (this.costOf === undefined && this.concurrent.length === 0 && this.counted.length > 0)
      this.fixed = allFixed(this.counted, costs);
  }

  /** Decides on a request. Skips the policies in `counted`: an earlier execution of the request counted them. */
  run(call: GuardedCall, subject: string, counted = NONE): Promise<Verdict> {
    const { fixed, fixedCost, names } = this;
    // Fast path for most handlers.
    if (fixed !== undefined && counted.size === 0)
      return this.limiter.consume(fixed, subject, fixedCost).then((decision) => ({ subject, names, decision }));
    return this.runRemaining(call, subject, counted);
  }

  private async runRemaining(call: GuardedCall, subject: string, counted: ReadonlySet<string>): Promise<Verdict> {
    const isNew = ({ name }: PlannedPolicy): boolean => !counted.has(name);
    const [concurrent, remaining] = [this.concurrent.filter(isNew), this.counted.filter(isNew)];
    return {
      subject,
      names: [...concurrent, ...remaining].map(({ name }) => name),
      decision:
        concurrent.length === 0
          ? await this.consume(call, remaining, subject)
          : await this.acquireAndConsume(call, concurrent, remaining, subject),
    };
  }

  /** Acquires permits first: if the limiter then refuses, they can be released without a trace. */
  private async acquireAndConsume(
    call: GuardedCall,
    concurrent: readonly PlannedPolicy[],
    counted: readonly PlannedPolicy[],
    subject: string,
  ): Promise<RateLimitDecision | undefined> {
    const response = responseOf(call);
    const permits = new HandlerPermits(this.limiter, subject);
    try {
      for (const policy of concurrent)
        if (!(await permits.take(await policy.forRequest(call.context)))) return permits.decision;
      const decision = await this.consume(call, counted, subject);
      if (decision?.allowed === false) permits.release();
      else {
        keepPermits(call, permits);
        permits.releaseAfter(response);
      }
      return permits.decisionWith(decision);
    } catch (error) {
      permits.release();
      throw error;
    }
  }

  private async consume(
    { context }: GuardedCall,
    policies: readonly PlannedPolicy[],
    subject: string,
  ): Promise<RateLimitDecision | undefined> {
    if (policies.length === 0) return undefined;
    const listed = await Promise.all(policies.map((policy) => this.listed(policy, context)));
    if (this.costOf === undefined) return this.limiter.consume(listed, subject, this.fixedCost);
    const cost = checkTokens(await this.costOf(context), 'RateLimitCost');
    return this.limiter.consume(listed, subject, { cost });
  }

  /** The policy for this request, with its own cost if it has one. */
  private async listed(planned: PlannedPolicy, context: ExecutionContext): Promise<ListedPolicy> {
    const policy = await planned.forRequest(context);
    const cost = this.costs.get(planned.name);
    if (cost === undefined) return policy;
    if (typeof cost === 'number') return { policy, cost };
    return { policy, cost: checkTokens(await cost(context), `RateLimit '${planned.name}'.cost`) };
  }
}

/** The arguments for the limiter. Undefined: a limit or a cost depends on the request. */
function allFixed(
  policies: readonly PlannedPolicy[],
  costs: ReadonlyMap<string, number | CostOf>,
): readonly ListedPolicy[] | undefined {
  const fixed = policies.map((policy) => fixedPolicy(policy, costs.get(policy.name)));
  return fixed.every((policy) => policy !== undefined) ? Object.freeze(fixed) : undefined;
}

function fixedPolicy({ fixed }: PlannedPolicy, cost: number | CostOf | undefined): ListedPolicy | undefined {
  if (cost === undefined || fixed === undefined) return fixed;
  return typeof cost === 'function' ? undefined : Object.freeze({ policy: fixed, cost });
}

function responseOf({ response }: GuardedCall): object {
  if (response !== undefined) return response;
  throw optionInvalid(
    'RateLimit.algorithm',
    'concurrency holds a permit until the response ends, and this context has no response: in GraphQL over HTTP put `res` into the context, otherwise call limiter.acquire() in the handler',
  );
}
