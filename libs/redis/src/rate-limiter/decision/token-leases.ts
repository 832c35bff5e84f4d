import { LRUCache } from 'lru-cache';
import { outsideRequests } from '../../common/async-context.js';
import { MAX_TIMER_MS } from '../../common/duration.js';
import type { CallResult } from '../batching/awaited-call.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { ONE_TOKEN } from '../policy/charge.js';
import { HAS_ROOM, type PolicyVerdict } from '../policy/decide.calls.js';
import { decisionOf } from './decisions.js';
import { MAX_TOKENS, type ResolvedLease } from '../policy/lease-options.js';
import type { PolicyPlan } from '../policy/policy-plan.js';
import type { RateLimitDecision } from '../policy/rate-limit-decision.js';
import { policyKey } from '../policy/subject-key.js';

/** Keys with a lease at most; the least recently used gives its tokens back first. */
const MAX_LEASES = 10_000;

/** A policy whose tokens are taken in batches. */
type LeasedPolicy = CompiledPolicy & { readonly lease: ResolvedLease };

/** Asks the server for so many tokens of a subject, or gives them back. */
export interface TokenSource {
  take(plan: PolicyPlan, key: string, tokens: number): Promise<CallResult>;
  giveBack(plan: PolicyPlan, key: string, tokens: number): Promise<void>;
}

interface Waiter {
  readonly resolve: (decision: RateLimitDecision | CallResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Tokens of one subject that the server has counted, and this process may spend. */
class Lease {
  tokens = 0;
  untilMs = 0;
  /** How many are asked for: as many as were spent in time, doubled. */
  batch = 1;
  verdict: PolicyVerdict | undefined;
  verdictMs = 0;
  isFetching = false;
  /** Its counts were begun anew: what was granted before is no more. */
  isWiped = false;
  waiters: Waiter[] = [];

  constructor(
    readonly plan: PolicyPlan,
    readonly key: string,
  ) {}
}

/**
 * Tokens are taken in batches for subjects that many ask for, and spent here: no more than were granted, and none after the lease's end.
 * What is left then goes back. So no more than `burst + rate * (t + ttl)` are spent in any span t.
 */
export class TokenLeases {
  private readonly leases: LRUCache<string, Lease>;
  /** What is being taken and given back. */
  private readonly pending = new Set<Promise<void>>();
  private sweeping: NodeJS.Timeout | undefined;

  constructor(private readonly source: TokenSource) {
    this.leases = new LRUCache({ max: MAX_LEASES, dispose: (lease) => this.giveBack(lease) });
  }

  /** One token: of those that are here, or of a batch that is fetched. What the server refuses is the call's own result. */
  spend(plan: PolicyPlan, key: string): RateLimitDecision | Promise<RateLimitDecision | CallResult> {
    const lease = this.leaseOf(plan, key);
    if (lease.tokens > 0 && performance.now() < lease.untilMs) return this.take(lease);
    return new Promise((resolve, reject) => {
      lease.waiters.push({ resolve, reject });
      if (!lease.isFetching) this.track(this.fetch(lease));
    });
  }

  /** What is left of a subject's is given back: something was done that must hold at once. `isWiped`: its counts begin anew. */
  forget(plan: PolicyPlan, key: string, isWiped: boolean): void {
    for (const { name } of plan) {
      const entryKey = policyKey(name, key);
      const lease = this.leases.peek(entryKey);
      if (lease !== undefined) lease.isWiped = isWiped;
      this.leases.delete(entryKey);
    }
  }

  /** Everything is given back, also what was asked for and is not here yet. */
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
    // A limit that was changed is another policy: its tokens are not these.
    if (lease === undefined || lease.plan !== plan) this.leases.set(entryKey, (lease = new Lease(plan, key)));
    return lease;
  }

  private take(lease: Lease): RateLimitDecision {
    lease.tokens--;
    const { free, resetUs } = lease.verdict as PolicyVerdict;
    const passedUs = (performance.now() - lease.verdictMs) * 1000;
    const left = { counted: 1, free: free + lease.tokens, resetUs: Math.max(0, resetUs - passedUs), waitUs: HAS_ROOM };
    const result = { verdict: { admitted: 1, policies: [left] }, nth: 0, sentMs: lease.verdictMs };
    return decisionOf(lease.plan, result, ONE_TOKEN, 'lease');
  }

  private async fetch(lease: Lease): Promise<void> {
    lease.isFetching = true;
    const { plan, key } = lease;
    const { size, ttlMs } = (plan[0] as LeasedPolicy).lease;
    this.expire(lease);
    // Together with all who ask in this turn of the event loop.
    await Promise.resolve();
    const asked = lease.waiters.splice(0, MAX_TOKENS);
    // Those who ask are served at once, however many they are: what is taken besides is the batch.
    const wanted = Math.max(asked.length, this.isCurrent(lease) ? Math.min(size, lease.batch) : 0);
    try {
      const result = await this.source.take(plan, key, wanted);
      fill(lease, result, wanted);
      for (const waiter of asked) waiter.resolve(lease.tokens > 0 ? this.take(lease) : refused(lease, result));
      this.serveLatecomers(lease);
    } catch (error) {
      // Who came meanwhile would have to wait for as long again.
      for (const waiter of [...asked, ...lease.waiters.splice(0)]) waiter.reject(error);
    }
    lease.isFetching = false;
    if (lease.waiters.length > 0) this.track(this.fetch(lease));
    else if (!this.isCurrent(lease)) this.giveBack(lease);
    else this.sweepLater(ttlMs);
  }

  /**
   * Callers that came while the batch was fetched spend what is left of it: a fetch for them would give it back unused. Not of a lease
   * that was forgotten: what ended it holds for them.
   */
  private serveLatecomers(lease: Lease): void {
    if (!this.isCurrent(lease) || performance.now() >= lease.untilMs) return;
    for (const waiter of lease.waiters.splice(0, lease.tokens)) waiter.resolve(this.take(lease));
  }

  private isCurrent(lease: Lease): boolean {
    return this.leases.peek(policyKey(lease.plan[0].name, lease.key)) === lease;
  }

  private expire(lease: Lease): void {
    if (lease.tokens === 0) return;
    lease.batch = Math.max(1, Math.ceil(lease.batch / 2));
    this.giveBack(lease);
  }

  private giveBack(lease: Lease): void {
    const { tokens, plan, key, isWiped } = lease;
    lease.tokens = 0;
    // Given back, what the server has forgotten would be somebody else's.
    if (tokens > 0 && !isWiped) this.track(this.source.giveBack(plan, key, tokens).catch(() => {}));
  }

  private sweepLater(afterMs: number): void {
    if (this.sweeping !== undefined) return;
    this.sweeping = outsideRequests(() => setTimeout(this.sweep, Math.min(afterMs, MAX_TIMER_MS)));
    this.sweeping.unref();
  }

  private readonly sweep = (): void => {
    this.sweeping = undefined;
    const nowMs = performance.now();
    let nextMs = Infinity;
    for (const lease of this.leases.values()) {
      if (lease.tokens === 0) continue;
      if (lease.untilMs <= nowMs) this.expire(lease);
      else nextMs = Math.min(nextMs, lease.untilMs);
    }
    if (nextMs < Infinity) this.sweepLater(Math.ceil(nextMs - nowMs));
  };
}

/** The result of a call that found no token: a policy in shadow admits it all the same, and would have refused it. */
function refused(lease: Lease, result: CallResult): CallResult {
  return { ...result, nth: lease.plan[0].shadow ? result.verdict.admitted - 1 : Infinity };
}

/** Puts what the server granted into the lease. */
function fill(lease: Lease, { verdict, nth, sentMs }: CallResult, wanted: number): void {
  const { lease: options } = lease.plan[0] as LeasedPolicy;
  lease.verdict = verdict.policies[0] as PolicyVerdict;
  lease.verdictMs = sentMs;
  // Others may have asked in the same call for the same: what was counted is not all ours.
  lease.tokens = Math.min(wanted, Math.max(0, lease.verdict.counted - nth));
  lease.untilMs = sentMs + options.ttlMs;
  lease.batch = Math.min(options.size, wanted * 2);
}
