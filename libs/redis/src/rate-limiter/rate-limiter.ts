import { systemClock, type Clock } from '../common/clock.js';
import { durationMs, type Duration } from '../common/duration.js';
import { checkCallOptions, checkInteger, checkOptions, checkSignal, optionInvalid } from '../common/options.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import type { On } from '../common/typed-emitter.js';
import type { RedisConnection } from '../config/redis-connection.js';
import type { CacheStore, CallOptions } from '../domain/cache-store.js';
import type { CallInit } from './batching/awaited-call.js';
import { chargeOf, COSTS } from './policy/costed-policy.js';
import type { AcquiredPermit } from './decision/permit.js';
import { LimiterCore } from './limiter-core.js';
import type { PolicySnapshot } from './statistics/limiter-snapshot.js';
import type { RateLimiterEvents } from './rate-limiter.events.js';
import { WaitLoop } from './wait-loop.js';
import type { PolicyPlan, PolicyPlans } from './policy/policy-plan.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';
import { RateLimitedError } from './rate-limited.error.js';
import type { Policies, RateLimitPolicy } from './policy/rate-limit-policy.js';
import { resolveLimiterOptions, type RateLimiterOptions } from './policy/rate-limiter-options.js';
import { scriptSourceOf } from './script-source.js';
import { subjectKey } from './policy/subject-key.js';

/** Options of `RateLimiter.consume` and `check`. */
export interface ConsumeOptions {
  /**
   * Tokens to spend; a whole number. 0 checks for room and spends nothing. More than the burst is always refused.
   * @default 1
   */
  readonly cost?: number | undefined;
  /** Aborts the call, which then rejects with DEADLINE_EXCEEDED. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `RateLimiter.wait`. */
export interface WaitOptions extends ConsumeOptions {
  /** The longest time to wait for room. */
  readonly deadline: Duration;
}

const CONSUME_OPTIONS = ['cost', 'signal'] as const satisfies readonly (keyof ConsumeOptions)[];
const WAIT_OPTIONS = ['deadline', ...CONSUME_OPTIONS] as const satisfies readonly (keyof WaitOptions)[];

/**
 * Decides whether a request is allowed and counts it, exactly and across all processes. A call takes one policy or
 * several: either all policies have room, or nothing is spent. The decisions of one tick are sent as one command. While
 * Redis is unavailable, `onError` decides within the deadline, and nothing is counted late.
 *
 * Keys are `{rl:NN}:<subject>`, NN from 00 to 63.
 *
 * @throws RedisInfraError OPTION_INVALID when a policy or a cost is invalid
 * @throws RedisInfraError KEY_INVALID when the subject is not a non-empty string of at most 1016 bytes
 * @throws RedisInfraError CLOSED after `close`
 *
 * @example
 * const limiter = new RateLimiter('redis://127.0.0.1:6379');
 * const { allowed, retryAfterMs } = await limiter.consume({ name: 'api', limit: 100, window: '1m' }, userId);
 * @see https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
export class RateLimiter {
  /** Subscribes to an event. Returns a function that unsubscribes. */
  readonly on: On<RateLimiterEvents>;
  /** @internal For listeners that do not need the async context of the caller: hot paths do not capture it for them. */
  readonly onDetached: On<RateLimiterEvents>;
  private readonly core: LimiterCore;
  private readonly waitLoop: WaitLoop;
  private readonly plans: PolicyPlans;

  /**
   * @param source a store that runs scripts (RedisAdapter, MemoryAdapter), which its owner closes; or connection
   * options as RedisAdapter takes them, for a connection that the limiter opens and closes
   * @throws RedisInfraError OPTION_INVALID with the option's path; also when the store does not run scripts
   */
  constructor(source?: RedisConnection | CacheStore, options?: RateLimiterOptions);
  /** @internal */
  constructor(
    source: RedisConnection | CacheStore | undefined,
    options: RateLimiterOptions | undefined,
    path: string,
    clock?: Clock,
  );
  constructor(
    source?: RedisConnection | CacheStore,
    options?: RateLimiterOptions,
    path = '',
    clock: Clock = systemClock,
  ) {
    const resolved = resolveLimiterOptions(options, path);
    this.core = new LimiterCore(scriptSourceOf(source), resolved, clock);
    this.waitLoop = new WaitLoop(clock);
    this.plans = resolved.plans;
    this.on = this.core.events.on;
    this.onDetached = this.core.events.onDetached;
  }

  /**
   * Spends `cost` tokens in each policy, or the `cost` of its entry `{ policy, cost }`. Spends nothing if one policy
   * refuses. Also decides while Redis is unavailable.
   */
  consume(policies: Policies, subject: string, options?: ConsumeOptions): Promise<RateLimitDecision> {
    try {
      const plan = this.countedPlan(policies);
      const cost = options === undefined ? 1 : costOf(options, CONSUME_OPTIONS);
      return this.core.consume(plan, subjectKey(subject), chargeOf(policies, plan, cost), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Same as `consume`, but a refusal throws.
   * @throws RateLimitedError RATE_LIMITED when a policy refuses
   * @throws RedisInfraError LIMITER_UNAVAILABLE when Redis is unavailable and `onError` is `'closed'`
   */
  async check(policies: Policies, subject: string, options?: ConsumeOptions): Promise<RateLimitDecision> {
    const decision = await this.consume(policies, subject, options);
    if (decision.allowed) return decision;
    if (decision.source !== 'closed') throw new RateLimitedError(decision);
    throw new RedisInfraError(
      'LIMITER_UNAVAILABLE',
      "Redis is unavailable, and onError is 'closed': the request is refused without a decision",
    );
  }

  /** Returns what `consume` would decide for one token, or for the costs of the entries, without spending. */
  async peek(policies: Policies, subject: string): Promise<RateLimitDecision> {
    const plan = this.plans.of(policies);
    return this.core.ask({ operation: 'peek', plan, key: subjectKey(subject), ...chargeOf(policies, plan, 1) });
  }

  /**
   * Returns `cost` tokens to each policy, or the cost of its entry.
   * @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable
   */
  async refund(policies: Policies, subject: string, cost = 1): Promise<void> {
    await this.core.act({ operation: 'refund', ...this.chargedCall(policies, subject, cost) });
  }

  /** Spends tokens even when none are left. The debt is at most one burst. */
  async penalty(policies: Policies, subject: string, cost: number): Promise<RateLimitDecision> {
    return this.core.ask({ operation: 'penalty', ...this.chargedCall(policies, subject, cost) });
  }

  /**
   * Refuses every request of the subject for `duration`, from now.
   * @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable
   */
  async block(policies: Policies, subject: string, duration: Duration): Promise<void> {
    // The script takes the duration in microseconds.
    const amount = Math.round(durationMs(duration, 'duration') * 1000);
    await this.core.act({ operation: 'block', plan: this.plans.of(policies), key: subjectKey(subject), amount });
  }

  /** Removes a block and keeps the counts. @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable */
  async unblock(policies: Policies, subject: string): Promise<void> {
    await this.core.act({ operation: 'unblock', plan: this.plans.of(policies), key: subjectKey(subject), amount: 0 });
  }

  /** Removes the counts and a block. @throws RedisInfraError LIMITER_UNAVAILABLE while Redis is unavailable */
  async reset(policies: Policies, subject: string): Promise<void> {
    await this.core.act({ operation: 'reset', plan: this.plans.of(policies), key: subjectKey(subject), amount: 0 });
  }

  /**
   * Acquires a permit of a `concurrency` policy. With a `deadline` it waits that long for a free permit; without, it
   * does not wait. The process holds the permit until `release()`, even past the window. The permit of a dead process
   * is free after the window.
   * @example
   * const { decision, release } = await limiter.acquire({ name: 'reports', limit: 2, window: '30s', algorithm: 'concurrency' }, tenant);
   * if (!decision.allowed) return busy();
   * try { return await report(); } finally { await release(); }
   */
  async acquire(policy: string | RateLimitPolicy, subject: string, options: CallOptions = {}): Promise<AcquiredPermit> {
    checkOptions(options, ['deadline', 'signal'], '');
    const { deadline, signal } = options;
    checkSignal(signal, 'signal');
    const plan = this.plans.of(policy);
    if (plan[0].algorithm !== 'concurrency')
      throw optionInvalid('policy', 'must use the algorithm concurrency: for other algorithms call consume()');
    const key = subjectKey(subject);
    const waitMs = deadline === undefined ? 0 : durationMs(deadline, 'deadline', { minMs: 0 });
    return this.waitLoop.acquirePermit(() => this.core.acquire(plan, key, signal), {
      queueKey: queueKeyOf(plan, key),
      waitMs,
      signal,
    });
  }

  /**
   * Waits until there is room, then consumes. Callers of one process are served first in, first out. Resolves with a
   * refusal as soon as it is certain that there will be no room before the deadline.
   */
  async wait(policies: Policies, subject: string, options: WaitOptions): Promise<RateLimitDecision> {
    const plan = this.countedPlan(policies);
    const key = subjectKey(subject);
    const charge = chargeOf(policies, plan, costOf(options, WAIT_OPTIONS));
    const { signal } = options;
    const waitMs = durationMs(options.deadline, 'deadline', { minMs: 0 });
    return this.waitLoop.waitForDecision(() => this.core.consume(plan, key, charge, signal), {
      queueKey: queueKeyOf(plan, key),
      waitMs,
      signal,
    });
  }

  /**
   * Returns leased tokens, waits for calls in flight, and closes the connection if the limiter opened it. Idempotent.
   * Later calls and pending `wait` calls reject with CLOSED.
   */
  close(): Promise<void> {
    this.waitLoop.close();
    return this.core.close();
  }

  /** @internal What was decided by each policy since the limiter was created. */
  snapshots(): readonly PolicySnapshot[] {
    return this.core.statistics.snapshots();
  }

  private chargedCall(policies: Policies, subject: string, cost: number): Omit<CallInit, 'operation'> {
    checkInteger(cost, 'cost', COSTS);
    const plan = this.countedPlan(policies);
    return { plan, key: subjectKey(subject), ...chargeOf(policies, plan, cost) };
  }

  private countedPlan(policies: Policies): PolicyPlan {
    const plan = this.plans.of(policies);
    for (const { algorithm } of plan) {
      if (algorithm === 'concurrency')
        throw optionInvalid('policy', 'uses the algorithm concurrency: call acquire() and release() instead');
    }
    return plan;
  }
}

function costOf(options: ConsumeOptions, optionNames: readonly string[]): number {
  checkCallOptions(options, optionNames, '');
  const { cost = 1, signal } = options;
  checkSignal(signal, 'signal');
  return cost === 1 ? cost : checkInteger(cost, 'cost', COSTS);
}

function queueKeyOf(plan: PolicyPlan, key: string): string {
  return `${plan.map(({ id }) => id).join()} ${key}`;
}
