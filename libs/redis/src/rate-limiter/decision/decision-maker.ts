import type { AsyncResource } from 'node:async_hooks';
import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { TypedEmitter } from '../../common/typed-emitter.js';
import type { AwaitedCall, CallInit, CallOutcome, CallResult } from '../batching/awaited-call.js';
import type { CallQueues } from '../batching/call-queues.js';
import { costAt, isFree, NO_TOKENS, type Charge } from '../policy/charge.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import type { OnLimiterError } from '../policy/rate-limiter-options.js';
import type { LimiterStatistics } from '../statistics/limiter-statistics.js';
import type { RateLimiterEvents } from '../rate-limiter.events.js';
import { currentState, decisionOf } from './decisions.js';
import type { DenyCache } from './deny-cache.js';
import type { OutagePolicy } from './outage-policy.js';

/** Where events are emitted: in the captured context of a caller, in the running context, or outside any request. */
export type EventContext = AsyncResource | 'running' | 'outside';

/** The parts of a limiter that a decision depends on. */
export interface DecisionParts {
  readonly queues: CallQueues;
  readonly denials: DenyCache | undefined;
  readonly outage: OutagePolicy;
  readonly events: TypedEmitter<RateLimiterEvents>;
  readonly onError: OnLimiterError;
  readonly statistics: LimiterStatistics;
}

/** The parts of a call that its decision depends on. */
export type DecidedCall = Pick<CallInit, 'operation' | 'plan' | 'key' | 'amount' | 'costs' | 'holder' | 'signal'> & {
  /** When the call began, in monotonic milliseconds. */
  readonly beganMs: number;
};

/** Turns the verdict or the failure of a call into a decision, caches refusals, and emits the events. */
export class DecisionMaker implements CallOutcome<RateLimitDecision> {
  constructor(private readonly parts: DecisionParts) {}

  /**
   * The reply to a batch arrives in the async context of its first call, so events switch to the context of this call.
   */
  onVerdict(call: AwaitedCall<RateLimitDecision>, result: CallResult): RateLimitDecision {
    return this.decide(call, result, call.generation, call.context ?? 'outside');
  }

  onFailure(call: AwaitedCall<RateLimitDecision>, error: unknown): RateLimitDecision {
    return this.decideOffline(call, error, call.context ?? 'outside');
  }

  /** @param generation the generation of the deny cache when the call was made */
  decide(
    call: DecidedCall,
    result: CallResult,
    generation: number | undefined,
    context: EventContext,
  ): RateLimitDecision {
    const { operation, plan, key } = call;
    if (operation === 'peek') return decisionOf(plan, result, NO_TOKENS, 'redis');
    if (operation !== 'consume') return currentState(plan, result.verdict, 'redis');
    const { denials, events, statistics } = this.parts;
    const decision = decisionOf(plan, result, call, 'redis');
    statistics.asked(decision, call.beganMs);
    if (events.heard['would-refuse'] === true) this.emitShadowRefusals(decision, call, context);
    const isRefused = !decision.allowed && !isFree(call);
    if (isRefused && generation === denials?.generation) denials?.add(plan, key, call, result, decision);
    return decision;
  }

  /** Decides by the outage policy. Throws the error if the caller has caused it. */
  decideOffline(call: DecidedCall, error: unknown, context: EventContext): RateLimitDecision {
    const { outage, events, onError, statistics } = this.parts;
    this.releaseUnknown(call, error);
    if (!outage.covers(error, call.signal)) throw error;
    if (events.heard.failure === true) this.emit(context, 'failure', { error, action: onError });
    const decision = outage.decide(call);
    statistics.failed(decision, onError);
    if (call.operation === 'consume') statistics.asked(decision, call.beganMs);
    return decision;
  }

  /** The server may have granted a permit that no caller would release. */
  private releaseUnknown({ plan, key, amount, holder = 0 }: DecidedCall, error: unknown): void {
    if (holder === 0 || !(error instanceof RedisInfraError) || error.outcome !== 'unknown') return;
    void this.parts.queues.send({ operation: 'release', plan, key, amount, holder }).catch(() => {});
  }

  private emitShadowRefusals({ policies }: RateLimitDecision, charge: Charge, context: EventContext): void {
    policies.forEach((policy, i) => {
      if (policy.shadow && !policy.allowed && costAt(charge, i) > 0) this.emit(context, 'would-refuse', policy);
    });
  }

  private emit<E extends keyof RateLimiterEvents>(
    context: EventContext,
    event: E,
    payload: RateLimiterEvents[E],
  ): void {
    const { events } = this.parts;
    if (context === 'running') events.emit(event, payload);
    else if (context === 'outside') outsideRequests(() => events.emit(event, payload));
    else context.runInAsyncScope(() => events.emit(event, payload));
  }
}
