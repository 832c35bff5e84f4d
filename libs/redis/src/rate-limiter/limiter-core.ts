import { randomInt } from 'node:crypto';
import { callerContext } from '../common/async-context.js';
import { DECISIONS } from '../common/diagnostics/channels.js';
import type { Clock } from '../common/clock.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { TypedEmitter } from '../common/typed-emitter.js';
import { AwaitedCall, type CallInit } from './batching/awaited-call.js';
import { CallQueues } from './batching/call-queues.js';
import { traceDecision } from './decision/decision-trace.js';
import { DecisionMaker } from './decision/decision-maker.js';
import { DenyCache } from './decision/deny-cache.js';
import { HeldPermits } from './decision/held-permits.js';
import { OutagePolicy } from './decision/outage-policy.js';
import { GrantedPermit, type AcquiredPermit } from './decision/permit.js';
import { ServerTokens } from './decision/server-tokens.js';
import { TokenLeases } from './decision/token-leases.js';
import { isFree, type Charge } from './policy/charge.js';
import type { PolicyPlan } from './policy/policy-plan.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';
import type { ResolvedLimiterOptions } from './policy/rate-limiter-options.js';
import { LimiterStatistics } from './statistics/limiter-statistics.js';
import type { RateLimiterEvents } from './rate-limiter.events.js';
import type { ScriptSource } from './script-source.js';

/** Holder numbers are random. They fit a double exactly, and a collision is unlikely. */
const MAX_HOLDER = 2 ** 48 - 1;

/** Operations that must take effect immediately: the leases of the subject end before them. */
const ENDS_LEASES: ReadonlySet<CallInit['operation']> = new Set(['penalty', 'block', 'reset']);

/** Decides from the deny cache, from leased tokens, on Redis, or by the outage policy, in this order. */
export class LimiterCore {
  readonly events = new TypedEmitter<RateLimiterEvents>();
  readonly statistics: LimiterStatistics;
  private readonly queues: CallQueues;
  private readonly denials: DenyCache | undefined;
  private readonly outage: OutagePolicy;
  private readonly decisions: DecisionMaker;
  private readonly leases: TokenLeases;
  private readonly permits = new HeldPermits();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly source: ScriptSource,
    options: ResolvedLimiterOptions,
    private readonly clock: Clock,
  ) {
    const { deadlineMs, denyCache, onError, instances } = options;
    const { events } = this;
    const queues = new CallQueues(source, deadlineMs, clock);
    const denials = denyCache === 0 ? undefined : new DenyCache(denyCache, clock);
    const outage = new OutagePolicy(onError, instances, clock);
    this.queues = queues;
    this.denials = denials;
    this.outage = outage;
    this.statistics = new LimiterStatistics(clock);
    this.decisions = new DecisionMaker({ queues, denials, outage, events, onError, statistics: this.statistics });
    this.leases = new TokenLeases(new ServerTokens(queues, denials), clock);
  }

  consume(plan: PolicyPlan, key: string, charge: Charge, signal: AbortSignal | undefined): Promise<RateLimitDecision> {
    this.checkOpen();
    if (!DECISIONS.hasSubscribers) return this.decide(plan, key, charge, signal);
    const decide = (): Promise<RateLimitDecision> => this.decide(plan, key, charge, signal);
    return traceDecision('consume', plan, this.clock, decide, (decision) => decision);
  }

  private decide(
    plan: PolicyPlan,
    key: string,
    charge: Charge,
    signal: AbortSignal | undefined,
  ): Promise<RateLimitDecision> {
    const denied = isFree(charge) ? undefined : this.denials?.find(plan, key, charge);
    if (denied !== undefined) {
      this.statistics.decided(denied);
      return Promise.resolve(denied);
    }
    const { amount, costs } = charge;
    const isLeased = plan[0].lease !== undefined && plan.length === 1 && amount === 1 && signal === undefined;
    return isLeased ? this.spend(plan, key) : this.ask({ operation: 'consume', plan, key, amount, costs, signal });
  }

  /** Sends a call that is decided locally while Redis is unavailable. */
  ask(init: CallInit): Promise<RateLimitDecision> {
    this.checkOpen();
    this.endLeases(init);
    const call = new AwaitedCall(init, this.decisions, this.denials?.generation, this.callerContext());
    call.beganMs = this.statistics.nowMs;
    this.queues.add(call);
    return call.promise;
  }

  /**
   * Sends a call that only Redis can execute.
   * @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable
   */
  async act(init: CallInit): Promise<void> {
    this.checkOpen();
    this.denials?.forget(init.plan, init.key);
    this.endLeases(init);
    try {
      await this.queues.send(init);
    } catch (error) {
      if (!this.outage.covers(error, init.signal)) throw error;
      throw unavailable(init, error);
    }
  }

  acquire(plan: PolicyPlan, key: string, signal: AbortSignal | undefined): Promise<AcquiredPermit> {
    if (!DECISIONS.hasSubscribers) return this.acquirePermit(plan, key, signal);
    const acquire = (): Promise<AcquiredPermit> => this.acquirePermit(plan, key, signal);
    return traceDecision('acquire', plan, this.clock, acquire, ({ decision }) => decision);
  }

  private async acquirePermit(plan: PolicyPlan, key: string, signal: AbortSignal | undefined): Promise<AcquiredPermit> {
    const { queues, denials, outage, permits } = this;
    const call = { plan, key, amount: 1, holder: randomInt(1, MAX_HOLDER) };
    const decision = await this.ask({ operation: 'consume', ...call, signal });
    const isLocal = decision.source === 'local';
    const isAcquired = decision.allowed && (isLocal || decision.source === 'redis');
    if (!isAcquired) return { decision, release: async () => {} };
    const { release } = new GrantedPermit(call, isLocal, { queues, denials, outage, permits });
    return { decision, release };
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

  /** Captured only for listeners that need it. */
  private callerContext(): ReturnType<typeof callerContext> | undefined {
    const { events } = this;
    return events.hearsInContext('failure') || events.hearsInContext('would-refuse') ? callerContext() : undefined;
  }

  private async spend(plan: PolicyPlan, key: string): Promise<RateLimitDecision> {
    const { statistics, decisions } = this;
    const call = { operation: 'consume', plan, key, amount: 1, beganMs: statistics.nowMs } as const;
    const generation = this.denials?.generation;
    try {
      const spent = await this.leases.spend(plan, key);
      if (!('source' in spent)) return decisions.decide(call, spent, generation, 'running');
      statistics.decided(spent);
      return spent;
    } catch (error) {
      return decisions.decideOffline(call, error, 'running');
    }
  }
}

function unavailable({ operation }: CallInit, error: RedisInfraError): RedisInfraError {
  const { outcome, code } = error;
  return new RedisInfraError(
    'LIMITER_UNAVAILABLE',
    `${operation} failed because Redis is unavailable: try again later`,
    { outcome, context: { code }, cause: error },
  );
}
