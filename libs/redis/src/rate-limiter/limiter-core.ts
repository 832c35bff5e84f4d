import { randomInt } from 'node:crypto';
import { callerContext, outsideRequests } from '../common/async-context.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { TypedEmitter } from '../common/typed-emitter.js';
import { AwaitedCall, type CallInit, type CallOutcome, type CallResult } from './batching/awaited-call.js';
import { CallQueues } from './batching/call-queues.js';
import { costAt, isFree, NO_TOKENS, type Charge } from './policy/charge.js';
import { decisionOf, currentState } from './decision/decisions.js';
import { DenyCache } from './decision/deny-cache.js';
import { HeldPermits } from './decision/held-permits.js';
import { OutagePolicy } from './decision/outage-policy.js';
import type { PolicyPlan } from './policy/policy-plan.js';
import type { PolicyDecision, RateLimitDecision } from './policy/rate-limit-decision.js';
import type { OnLimiterError, ResolvedLimiterOptions } from './policy/rate-limiter-options.js';
import type { ScriptSource } from './script-source.js';
import { TokenLeases } from './decision/token-leases.js';

/** The events of a `RateLimiter`. */
export interface RateLimiterEvents {
  /** Redis did not decide. `error` is the reason, `action` the fallback that decided instead. */
  failure: { readonly error: RedisInfraError; readonly action: OnLimiterError };
  /** A shadow policy would have refused a request. */
  'would-refuse': PolicyDecision;
}

/** The result of `acquire`: a permit of a concurrency policy, or a refusal. */
export interface AcquiredPermit {
  /** The decision; `allowed` is false if no permit was acquired. */
  readonly decision: RateLimitDecision;
  /**
   * Releases the permit. Idempotent. Does nothing when no permit was acquired. Never rejects: a permit that could not be released is free
   * after the policy's window.
   */
  release(): Promise<void>;
}

/** The parts of a call that its decision depends on. */
type DecisionRequest = Pick<CallInit, 'operation' | 'plan' | 'key' | 'amount' | 'costs' | 'holder' | 'signal'>;

/** Holder numbers are random. They fit a double exactly, and a collision is unlikely. */
const MAX_HOLDER = 2 ** 48 - 1;

/** Operations that must take effect immediately: the leased tokens of the subject are returned before them. */
const ENDS_LEASES: ReadonlySet<CallInit['operation']> = new Set(['penalty', 'block', 'reset']);

/** Decides from the deny cache, from leased tokens, on Redis, or by the outage policy, in this order. */
export class LimiterCore {
  readonly events = new TypedEmitter<RateLimiterEvents>();
  private readonly queues: CallQueues;
  private readonly denials: DenyCache | undefined;
  private readonly outage: OutagePolicy;
  private readonly permits = new HeldPermits();
  private readonly leases = new TokenLeases({
    take: (plan, key, times) => this.send({ operation: 'consume', plan, key, amount: 1, times }),
    returnTokens: async (plan, key, amount) => {
      this.denials?.forget(plan, key);
      await this.send({ operation: 'refund', plan, key, amount });
    },
  });
  private readonly decisions: CallOutcome<RateLimitDecision> = {
    onVerdict: (call, result) => this.toDecision(call, result, call.generation, contextOf(call)),
    onFailure: (call, error) => this.decideOffline(call, error, contextOf(call)),
  };
  private closing: Promise<void> | undefined;

  constructor(
    private readonly source: ScriptSource,
    private readonly options: ResolvedLimiterOptions,
  ) {
    const { deadlineMs, denyCache, onError, instances } = options;
    this.queues = new CallQueues(source.scripts, source.link, deadlineMs);
    this.denials = denyCache === 0 ? undefined : new DenyCache(denyCache);
    this.outage = new OutagePolicy(onError, instances);
  }

  consume(plan: PolicyPlan, key: string, charge: Charge, signal: AbortSignal | undefined): Promise<RateLimitDecision> {
    this.checkOpen();
    const denied = isFree(charge) ? undefined : this.denials?.find(plan, key, charge);
    if (denied !== undefined) return Promise.resolve(denied);
    const { amount, costs } = charge;
    const isLeased = plan[0].lease !== undefined && plan.length === 1 && amount === 1 && signal === undefined;
    return isLeased ? this.spend(plan, key) : this.ask({ operation: 'consume', plan, key, amount, costs, signal });
  }

  /** Sends a call that is decided locally while Redis is unavailable. */
  ask(init: CallInit): Promise<RateLimitDecision> {
    this.checkOpen();
    this.endLeases(init);
    const hasListeners = this.events.hearsInContext('failure') || this.events.hearsInContext('would-refuse');
    const call = new AwaitedCall(
      init,
      this.decisions,
      this.denials?.generation,
      hasListeners ? callerContext() : undefined,
    );
    this.queues.add(call);
    return call.promise;
  }

  /** Sends a call that only Redis can execute. @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable */
  async act(init: CallInit): Promise<void> {
    this.checkOpen();
    this.denials?.forget(init.plan, init.key);
    this.endLeases(init);
    try {
      await this.send(init);
    } catch (error) {
      if (!this.outage.covers(error, init.signal)) throw error;
      throw new RedisInfraError(
        'LIMITER_UNAVAILABLE',
        `${init.operation} failed because Redis is unavailable: try again later`,
        {
          outcome: error.outcome,
          context: { code: error.code },
          cause: error,
        },
      );
    }
  }

  async acquire(plan: PolicyPlan, key: string, signal: AbortSignal | undefined): Promise<AcquiredPermit> {
    const holder = randomInt(1, MAX_HOLDER);
    const decision = await this.ask({ operation: 'consume', plan, key, amount: 1, holder, signal });
    const isAcquired = decision.allowed && (decision.source === 'redis' || decision.source === 'local');
    if (!isAcquired) return { decision, release: async () => {} };
    const call = { plan, key, amount: 1, holder };
    const isLocal = decision.source === 'local';
    const permit = {
      policy: plan[0],
      renew: async () =>
        isLocal
          ? this.outage.decide({ ...call, operation: 'renew' }).allowed
          : this.send({ ...call, operation: 'renew' }).then(isAdmitted, () => true),
    };
    this.permits.add(permit);
    let released: Promise<void> | undefined;
    const release = async (): Promise<void> => {
      this.permits.remove(permit);
      this.denials?.forget(plan, key);
      if (isLocal) this.outage.decide({ ...call, operation: 'release' });
      else await this.send({ ...call, operation: 'release' }).catch(() => {});
    };
    return { decision, release: () => (released ??= release()) };
  }

  /** Returns unspent tokens, waits for calls in flight, and rejects every later call. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.permits.close();
    await this.leases.close();
    await this.queues.close();
    await this.source.close();
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new RedisInfraError('CLOSED', 'the rate limiter is closed');
  }

  private endLeases({ operation, plan, key }: CallInit): void {
    if (ENDS_LEASES.has(operation)) this.leases.forget(plan, key, operation === 'reset');
  }

  private send(init: CallInit): Promise<CallResult> {
    const call = new AwaitedCall(init, RESULT);
    this.queues.add(call);
    return call.promise;
  }

  private async spend(plan: PolicyPlan, key: string): Promise<RateLimitDecision> {
    const init: CallInit = { operation: 'consume', plan, key, amount: 1 };
    const generation = this.denials?.generation;
    try {
      const spent = await this.leases.spend(plan, key);
      return 'source' in spent ? spent : this.toDecision(init, spent, generation, CURRENT_CONTEXT);
    } catch (error) {
      return this.decideOffline(init, error, CURRENT_CONTEXT);
    }
  }

  private toDecision(
    init: DecisionRequest,
    result: CallResult,
    generation: number | undefined,
    context: EventContext,
  ): RateLimitDecision {
    const { operation, plan, key } = init;
    if (operation === 'peek') return decisionOf(plan, result, NO_TOKENS, 'redis');
    if (operation !== 'consume') return currentState(plan, result.verdict, 'redis');
    const decision = decisionOf(plan, result, init, 'redis');
    if (this.events.hears('would-refuse')) context(() => this.emitShadowRefusals(decision, init));
    const isRefused = !decision.allowed && !isFree(init);
    if (isRefused && generation === this.denials?.generation) this.denials?.add(plan, key, init, result, decision);
    return decision;
  }

  private emitShadowRefusals({ policies }: RateLimitDecision, charge: Charge): void {
    policies.forEach((policy, i) => {
      if (policy.shadow && !policy.allowed && costAt(charge, i) > 0) this.events.emit('would-refuse', policy);
    });
  }

  private decideOffline(init: DecisionRequest, error: unknown, context: EventContext): RateLimitDecision {
    // The server may have granted a permit that no caller would release.
    const { plan, key, amount, holder = 0 } = init;
    if (holder !== 0 && error instanceof RedisInfraError && error.outcome === 'unknown')
      void this.send({ operation: 'release', plan, key, amount, holder }).catch(() => {});
    if (!this.outage.covers(error, init.signal)) throw error;
    const { onError } = this.options;
    if (this.events.hears('failure')) context(() => this.events.emit('failure', { error, action: onError }));
    return this.outage.decide(init);
  }
}

/** Emits in the async context of the caller that caused the event. */
type EventContext = (emit: () => void) => void;

/** For code that already runs in the context of the caller. */
const CURRENT_CONTEXT: EventContext = (emit) => emit();

/** The reply to a batch arrives in the context of its first call, so switch to the context of this call. */
function contextOf({ context }: AwaitedCall<RateLimitDecision>): EventContext {
  return context === undefined ? outsideRequests : (emit) => context.runInAsyncScope(emit);
}

/** Returns the result of a call unchanged. */
const RESULT: CallOutcome<CallResult> = {
  onVerdict: (_, result) => result,
  onFailure(_, error) {
    throw error;
  },
};

function isAdmitted({ verdict }: CallResult): boolean {
  return verdict.admitted > 0;
}
