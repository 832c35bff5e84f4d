import { durationMs, type Duration } from '../common/duration.js';
import { checkCallOptions, checkInteger, checkOptions, checkSignal, optionInvalid } from '../common/options.js';
import { RedisInfraError } from '../common/redis-infra.error.js';
import type { On } from '../common/typed-emitter.js';
import type { RedisConnection } from '../config/redis-connection.js';
import type { CacheStore, CallOptions } from '../domain/cache-store.js';
import type { CallInit } from './batching/awaited-call.js';
import { chargeOf, COSTS } from './policy/costed-policy.js';
import { LimiterCore, type AcquiredPermit, type RateLimiterEvents } from './limiter-core.js';
import { WaitLoop } from './wait-loop.js';
import type { PolicyPlan } from './policy/policy-plan.js';
import type { RateLimitDecision } from './policy/rate-limit-decision.js';
import { RateLimitedError } from './rate-limited.error.js';
import type { Policies, RateLimitPolicy } from './policy/rate-limit-policy.js';
import { resolveLimiterOptions, type RateLimiterOptions } from './policy/rate-limiter-options.js';
import { scriptSourceOf } from './script-source.js';
import { subjectKey } from './policy/subject-key.js';

/** Options of `RateLimiter.consume` and `check`. */
export interface ConsumeOptions {
  /** How many tokens; a whole number. 0 only looks; more than the burst is refused for ever. @default 1 */
  readonly cost?: number | undefined;
  /** Ends the call early: it rejects with DEADLINE_EXCEEDED. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `RateLimiter.wait`. */
export interface WaitOptions extends ConsumeOptions {
  /** How long it may wait for room. */
  readonly deadline: Duration;
}

const CONSUME_OPTIONS = ['cost', 'signal'] as const satisfies readonly (keyof ConsumeOptions)[];
const WAIT_OPTIONS = ['deadline', ...CONSUME_OPTIONS] as const satisfies readonly (keyof WaitOptions)[];

/**
 * Says who may go on, and counts it: exactly, for all processes together, under one policy or several at once, of which all must have
 * room or nothing is spent. The decisions of one turn of the event loop are one command. While the server is away `onError` decides,
 * within the deadline, and nothing is counted late.
 *
 * Calls reject with `RedisInfraError`: OPTION_INVALID for a policy or cost that cannot be, KEY_INVALID for a subject that is no
 * non-empty string of at most 1016 bytes, CLOSED after `close`. Keys are `{rl:NN}:<subject>`, NN from 00 to 63.
 *
 * @example
 * const limiter = new RateLimiter('redis://127.0.0.1:6379');
 * const { allowed, retryAfterMs } = await limiter.consume({ name: 'api', limit: 100, window: '1m' }, userId);
 * @see https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
export class RateLimiter {
  /** Subscribes to an event; the function it returns ends the subscription. */
  readonly on: On<RateLimiterEvents>;
  /** @internal For listeners that need no caller's context: hot paths do not capture one for them. */
  readonly onDetached: On<RateLimiterEvents>;
  private readonly core: LimiterCore;
  private readonly waitLoop: WaitLoop;
  private readonly planOf: (policies: Policies) => PolicyPlan;

  /**
   * @param source a store that runs scripts (RedisAdapter, MemoryAdapter), which its owner closes; or a connection of its own, as
   * RedisAdapter takes it
   * @throws RedisInfraError OPTION_INVALID with the option's path; also for a store that runs no scripts
   */
  constructor(source?: RedisConnection | CacheStore, options?: RateLimiterOptions);
  /** @internal */
  constructor(source: RedisConnection | CacheStore | undefined, options: RateLimiterOptions | undefined, path: string);
  constructor(source?: RedisConnection | CacheStore, options?: RateLimiterOptions, path = '') {
    const resolved = resolveLimiterOptions(options, path);
    this.core = new LimiterCore(scriptSourceOf(source), resolved);
    this.waitLoop = new WaitLoop();
    this.planOf = (policies) => resolved.plans.of(policies);
    this.on = this.core.events.on;
    this.onDetached = this.core.events.onDetached;
  }

  /** Spends `cost` tokens of the subject in each policy (of an entry `{ policy, cost }` that cost), or none anywhere. Decides also while the server is away. */
  consume(policies: Policies, subject: string, options?: ConsumeOptions): Promise<RateLimitDecision> {
    try {
      const plan = this.countedPlan(policies);
      const cost = options === undefined ? 1 : costOf(options, CONSUME_OPTIONS);
      return this.core.consume(plan, subjectKey(subject), chargeOf(policies, plan, cost), options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, for those who want an error. @throws RateLimitedError (RATE_LIMITED) where it is refused; RedisInfraError LIMITER_UNAVAILABLE with `onError: 'closed'` */
  async check(policies: Policies, subject: string, options?: ConsumeOptions): Promise<RateLimitDecision> {
    const decision = await this.consume(policies, subject, options);
    if (decision.allowed) return decision;
    if (decision.source !== 'closed') throw new RateLimitedError(decision);
    throw new RedisInfraError(
      'LIMITER_UNAVAILABLE',
      'the rate limit could not be asked, and is set to let nobody through then',
    );
  }

  /** What `consume` would say to one token, or to the costs that entries of the list name, without spending any. */
  async peek(policies: Policies, subject: string): Promise<RateLimitDecision> {
    const plan = this.planOf(policies);
    return this.core.ask({ operation: 'peek', plan, key: subjectKey(subject), ...chargeOf(policies, plan, 1) });
  }

  /** Gives tokens back that were spent for nothing: `cost` of each policy, or what its entry names. @throws RedisInfraError LIMITER_UNAVAILABLE while the server is away */
  async refund(policies: Policies, subject: string, cost = 1): Promise<void> {
    await this.core.act({ operation: 'refund', ...this.chargedCall(policies, subject, cost) });
  }

  /** Spends tokens, whether there are any or not: at most one more burst is owed then. */
  async penalty(policies: Policies, subject: string, cost: number): Promise<RateLimitDecision> {
    return this.core.ask({ operation: 'penalty', ...this.chargedCall(policies, subject, cost) });
  }

  /** Refuses everything of the subject so long, from now. @throws RedisInfraError LIMITER_UNAVAILABLE while the server is away */
  async block(policies: Policies, subject: string, duration: Duration): Promise<void> {
    const amount = Math.round(durationMs(duration, 'duration') * 1000);
    await this.core.act({ operation: 'block', plan: this.planOf(policies), key: subjectKey(subject), amount });
  }

  /** Ends a block; what was counted stays. @throws RedisInfraError LIMITER_UNAVAILABLE while the server is away */
  async unblock(policies: Policies, subject: string): Promise<void> {
    await this.core.act({ operation: 'unblock', plan: this.planOf(policies), key: subjectKey(subject), amount: 0 });
  }

  /** Forgets what was counted, and ends a block. @throws RedisInfraError LIMITER_UNAVAILABLE while the server is away */
  async reset(policies: Policies, subject: string): Promise<void> {
    await this.core.act({ operation: 'reset', plan: this.planOf(policies), key: subjectKey(subject), amount: 0 });
  }

  /**
   * Takes a place at a policy of the algorithm `concurrency`; with a `deadline` it waits so long for one. It is held, also past the
   * policy's window, until `release()`, or until the window has passed since this process died.
   * @example
   * const { decision, release } = await limiter.acquire({ name: 'reports', limit: 2, window: '30s', algorithm: 'concurrency' }, tenant);
   * if (!decision.allowed) return busy();
   * try { return await report(); } finally { await release(); }
   */
  async acquire(policy: string | RateLimitPolicy, subject: string, options: CallOptions = {}): Promise<AcquiredPermit> {
    checkOptions(options, ['deadline', 'signal'], '');
    const { deadline, signal } = options;
    checkSignal(signal, 'signal');
    const plan = this.planOf(policy);
    if (plan[0].algorithm !== 'concurrency')
      throw optionInvalid('policy', 'must be of the algorithm concurrency: others are spent with consume()');
    const key = subjectKey(subject);
    const waitMs = deadline === undefined ? 0 : durationMs(deadline, 'deadline', { minMs: 0 });
    return this.waitLoop.acquirePermit(() => this.core.acquire(plan, key, signal), {
      line: lineOf(plan, key),
      waitMs,
      signal,
    });
  }

  /** `consume`, as soon as there is room: within this process in the order of the calls. Resolves with a refusal as soon as it is clear that there will be none in time. */
  async wait(policies: Policies, subject: string, options: WaitOptions): Promise<RateLimitDecision> {
    const plan = this.countedPlan(policies);
    const key = subjectKey(subject);
    const charge = chargeOf(policies, plan, costOf(options, WAIT_OPTIONS));
    const { signal } = options;
    const waitMs = durationMs(options.deadline, 'deadline', { minMs: 0 });
    return this.waitLoop.waitForDecision(() => this.core.consume(plan, key, charge, signal), {
      line: lineOf(plan, key),
      waitMs,
      signal,
    });
  }

  /** Gives leased tokens back, waits for what is under way, and closes the connection if it is its own. Idempotent; calls that come afterwards, and `wait`, reject with CLOSED. */
  close(): Promise<void> {
    this.waitLoop.close();
    return this.core.close();
  }

  private chargedCall(policies: Policies, subject: string, cost: number): Omit<CallInit, 'operation'> {
    checkInteger(cost, 'cost', COSTS);
    const plan = this.countedPlan(policies);
    return { plan, key: subjectKey(subject), ...chargeOf(policies, plan, cost) };
  }

  private countedPlan(policies: Policies): PolicyPlan {
    const plan = this.planOf(policies);
    for (const { algorithm } of plan) {
      if (algorithm === 'concurrency')
        throw optionInvalid('policy', 'is of the algorithm concurrency: take a place with acquire(), and release it');
    }
    return plan;
  }
}

function costOf(options: ConsumeOptions, known: readonly string[]): number {
  checkCallOptions(options, known, '');
  const { cost = 1, signal } = options;
  checkSignal(signal, 'signal');
  return cost === 1 ? cost : checkInteger(cost, 'cost', COSTS);
}

function lineOf(plan: PolicyPlan, key: string): string {
  return `${plan.map(({ id }) => id).join()} ${key}`;
}
