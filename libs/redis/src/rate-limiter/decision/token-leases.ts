import { LRUCache } from 'lru-cache';
import { outsideRequests } from '../../common/async-context.js';
import type { Clock } from '../../common/clock.js';
import { MAX_TIMER_MS } from '../../common/duration.js';
import type { CallResult } from '../batching/awaited-call.js';
import { encodedPart } from '../policy/encoded-part.js';
import { ONE_TOKEN } from '../policy/charge.js';
import { HAS_ROOM, type PolicyVerdict } from '../policy/limiter-call.js';
import { decisionOf } from './decisions.js';
import { MAX_TOKENS, type ResolvedLease } from '../policy/lease-options.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import { policyKey } from '../policy/subject-key.js';

/** Maximum leases; the least recently used one returns its tokens first. */
const MAX_LEASES = 10_000;

/** Of a policy without a lease: each batch has one token, which its caller spends. */
const NO_LEASE: ResolvedLease = { size: 1, ttlMs: 0 };
const NO_VERDICT: PolicyVerdict = { counted: 0, free: 0, resetUs: 0, waitUs: HAS_ROOM };

/** Takes tokens of a subject from the server, and returns them. */
export interface TokenSource {
  take(plan: PolicyPlan, key: string, tokens: number): Promise<CallResult>;
  returnTokens(plan: PolicyPlan, key: string, tokens: number): Promise<void>;
}

interface Waiter {
  readonly resolve: (decision: RateLimitDecision | CallResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Tokens of one subject that the server has counted and this process can spend. */
class Lease {
  tokens = 0;
  untilMs = 0;
  /** Tokens of the next batch: doubles after each batch, up to the size, and halves when a batch expires unspent. */
  batch = 1;
  verdict = NO_VERDICT;
  verdictMs = 0;
  isFetching = false;
  /** The counts were reset after the tokens were granted, so the tokens must not be returned. */
  isWiped = false;
  waiters: Waiter[] = [];

  readonly options: ResolvedLease;

  constructor(
    readonly plan: PolicyPlan,
    readonly key: string,
  ) {
    this.options = plan[0].lease ?? NO_LEASE;
  }
}

/**
 * Takes tokens of hot subjects in batches and spends them locally: never more than the server granted, and none after
 * the end of the lease. Unspent tokens are returned then. So at most `burst + rate * (t + ttl)` tokens are spent in any
 * span t.
 */
export class TokenLeases {
  private readonly leases: LRUCache<string, Lease>;
  /** Takes and returns in flight. */
  private readonly pending = new Set<Promise<void>>();
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: TokenSource,
    private readonly clock: Clock,
  ) {
    this.leases = new LRUCache({ max: MAX_LEASES, dispose: (lease) => this.returnUnspent(lease) });
  }

  /**
   * Spends one token of the lease, or fetches a batch first. Returns the server's result when the batch has no token
   * for the caller.
   */
  spend(plan: PolicyPlan, key: string): RateLimitDecision | Promise<RateLimitDecision | CallResult> {
    const lease = this.leaseOf(plan, key);
    if (lease.tokens > 0 && this.clock.monotonicMs() < lease.untilMs) return this.take(lease);
    return new Promise((resolve, reject) => {
      lease.waiters.push({ resolve, reject });
      if (!lease.isFetching) this.track(this.fetch(lease));
    });
  }

  /**
   * Ends the leases of a subject and returns their tokens. `isWiped`: the counts are reset, so the tokens are dropped
   * instead.
   */
  forget(plan: PolicyPlan, key: string, isWiped: boolean): void {
    for (const { name } of plan) {
      const entryKey = policyKey(name, key);
      const lease = this.leases.peek(entryKey);
      if (lease !== undefined) lease.isWiped = isWiped;
      this.leases.delete(entryKey);
    }
  }

  /** Returns all tokens, including those of batches in flight. */
  async close(): Promise<void> {
    clearTimeout(this.sweeping);
    this.sweeping = undefined;
    this.leases.clear();
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  private track(work: Promise<void>): void {
    this.pending.add(work);
    void work.finally(() => this.pending.delete(work));
  }

  private leaseOf(plan: PolicyPlan, key: string): Lease {
    const entryKey = policyKey(plan[0].name, key);
    let lease = this.leases.get(entryKey);
    // A changed limit is another plan, with other tokens.
    if (lease === undefined || lease.plan !== plan) this.leases.set(entryKey, (lease = new Lease(plan, key)));
    return lease;
  }

  private take(lease: Lease): RateLimitDecision {
    lease.tokens--;
    const { free, resetUs } = lease.verdict;
    const passedUs = (this.clock.monotonicMs() - lease.verdictMs) * 1000;
    const left = { counted: 1, free: free + lease.tokens, resetUs: Math.max(0, resetUs - passedUs), waitUs: HAS_ROOM };
    const result = { verdict: { admitted: 1, policies: [left] }, nth: 0, sentMs: lease.verdictMs };
    return decisionOf(lease.plan, result, ONE_TOKEN, 'lease');
  }

  private async fetch(lease: Lease): Promise<void> {
    lease.isFetching = true;
    const { plan, key, options } = lease;
    this.expire(lease);
    // Collect all callers of this tick.
    await Promise.resolve();
    const waiters = lease.waiters.splice(0, MAX_TOKENS);
    // All waiting callers are served by this fetch, even when they are more than the batch.
    const wanted = Math.max(waiters.length, this.isCurrent(lease) ? Math.min(options.size, lease.batch) : 0);
    try {
      const result = await this.source.take(plan, key, wanted);
      fill(lease, result, wanted);
      for (const waiter of waiters) waiter.resolve(lease.tokens > 0 ? this.take(lease) : refused(lease, result));
      this.serveLatecomers(lease);
    } catch (error) {
      // Also fail callers that came meanwhile: another fetch would make them wait for a second deadline.
      for (const waiter of [...waiters, ...lease.waiters.splice(0)]) waiter.reject(error);
    }
    lease.isFetching = false;
    if (lease.waiters.length > 0) this.track(this.fetch(lease));
    else if (!this.isCurrent(lease)) this.returnUnspent(lease);
    else this.sweepLater(options.ttlMs);
  }

  /**
   * Serves callers that came during the fetch from the rest of the batch: another fetch would return it unspent. Not
   * from a lease that was forgotten meanwhile: the operation that ended it applies to them.
   */
  private serveLatecomers(lease: Lease): void {
    if (!this.isCurrent(lease) || this.clock.monotonicMs() >= lease.untilMs) return;
    for (const waiter of lease.waiters.splice(0, lease.tokens)) waiter.resolve(this.take(lease));
  }

  private isCurrent(lease: Lease): boolean {
    return this.leases.peek(policyKey(lease.plan[0].name, lease.key)) === lease;
  }

  private expire(lease: Lease): void {
    if (lease.tokens === 0) return;
    lease.batch = Math.max(1, Math.ceil(lease.batch / 2));
    this.returnUnspent(lease);
  }

  private returnUnspent(lease: Lease): void {
    const { tokens, plan, key, isWiped } = lease;
    lease.tokens = 0;
    // After a reset the server no longer counts these tokens, so a refund would remove counts of other callers.
    if (tokens > 0 && !isWiped) this.track(this.source.returnTokens(plan, key, tokens).catch(() => {}));
  }

  private sweepLater(afterMs: number): void {
    if (this.sweeping !== undefined) return;
    this.sweeping = outsideRequests(() => setTimeout(this.sweep, Math.min(afterMs, MAX_TIMER_MS)));
    this.sweeping.unref();
  }

  private readonly sweep = (): void => {
    this.sweeping = undefined;
    const nowMs = this.clock.monotonicMs();
    let nextMs = Infinity;
    for (const lease of this.leases.values()) {
      if (lease.tokens === 0) continue;
      if (lease.untilMs <= nowMs) this.expire(lease);
      else nextMs = Math.min(nextMs, lease.untilMs);
    }
    if (nextMs < Infinity) this.sweepLater(Math.ceil(nextMs - nowMs));
  };
}

/** The result of a caller that got no token. A shadow policy still admits it. */
function refused(lease: Lease, result: CallResult): CallResult {
  return { ...result, nth: lease.plan[0].shadow ? result.verdict.admitted - 1 : Infinity };
}

/** Stores the granted tokens in the lease. */
function fill(lease: Lease, { verdict, nth, sentMs }: CallResult, wanted: number): void {
  const { options } = lease;
  lease.verdict = encodedPart(verdict.policies[0]);
  lease.verdictMs = sentMs;
  // Equal calls share a verdict, so the lease gets only the tokens after its own position.
  lease.tokens = Math.min(wanted, Math.max(0, lease.verdict.counted - nth));
  lease.untilMs = sentMs + options.ttlMs;
  lease.batch = Math.min(options.size, wanted * 2);
}
