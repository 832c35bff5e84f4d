import { LRUCache } from 'lru-cache';
import type { CallResult } from './awaited-call.js';
import type { CompiledPolicy } from './compiled-policy.js';
import type { PolicyVerdict } from './decide.calls.js';
import { decide } from './decisions.js';
import type { ResolvedLease } from './lease-options.js';
import type { PolicyPlan } from './policy-plan.js';
import type { RateLimitDecision } from './rate-limit-decision.js';

/** Keys with a lease at most; the least recently used gives its tokens back first. */
const MOST_LEASES = 10_000;

/** A policy whose tokens are taken in batches. */
export type LeasedPolicy = CompiledPolicy & { readonly lease: ResolvedLease };

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
  private readonly returns = new Set<Promise<void>>();
  private sweeping: NodeJS.Timeout | undefined;

  constructor(private readonly source: TokenSource) {
    this.leases = new LRUCache({ max: MOST_LEASES, dispose: (lease) => this.giveBack(lease) });
  }

  /** One token: of those that are here, or of a batch that is fetched. What the server refuses is the call's own result. */
  spend(plan: PolicyPlan, key: string): RateLimitDecision | Promise<RateLimitDecision | CallResult> {
    const lease = this.leaseOf(plan, key);
    if (lease.tokens > 0 && performance.now() < lease.untilMs) return this.take(lease);
    return new Promise((resolve, reject) => {
      lease.waiters.push({ resolve, reject });
      if (!lease.isFetching) void this.fetch(lease);
    });
  }

  /** What is left of a subject's is given back: something was done that must hold at once. */
  forget(plan: PolicyPlan, key: string): void {
    for (const { name } of plan) this.leases.delete(placeOf(name, key));
  }

  /** Everything is given back. */
  async close(): Promise<void> {
    clearTimeout(this.sweeping);
    this.sweeping = undefined;
    this.leases.clear();
    await Promise.all(this.returns);
  }

  private leaseOf(plan: PolicyPlan, key: string): Lease {
    const place = placeOf(plan[0].name, key);
    let lease = this.leases.get(place);
    // A limit that was changed is another policy: its tokens are not these.
    if (lease === undefined || lease.plan !== plan) this.leases.set(place, (lease = new Lease(plan, key)));
    return lease;
  }

  private take(lease: Lease): RateLimitDecision {
    lease.tokens--;
    const [{ name, limit, windowMs, shadow }] = lease.plan;
    const { free, resetUs } = lease.verdict as PolicyVerdict;
    const resetMs = Math.max(0, Math.ceil(resetUs / 1000 - (performance.now() - lease.verdictMs)));
    const remaining = free + lease.tokens;
    const policy = {
      policy: name,
      allowed: true,
      limit,
      windowMs,
      remaining,
      resetMs,
      retryAfterMs: undefined,
      shadow,
    };
    return decide([policy], true, 'lease');
  }

  private async fetch(lease: Lease): Promise<void> {
    lease.isFetching = true;
    const { plan, key } = lease;
    const { size, ttlMs } = (plan[0] as LeasedPolicy).lease;
    this.expire(lease);
    // Together with all who ask in this turn of the event loop.
    await Promise.resolve();
    const wanted = Math.min(size, Math.max(lease.batch, lease.waiters.length));
    const asked = lease.waiters.splice(0, wanted);
    try {
      const result = await this.source.take(plan, key, wanted);
      const { admitted, policies } = result.verdict;
      lease.verdict = policies[0] as PolicyVerdict;
      lease.verdictMs = result.sentMs;
      lease.tokens = admitted;
      lease.untilMs = result.sentMs + ttlMs;
      lease.batch = Math.min(size, wanted * 2);
      for (const waiter of asked) waiter.resolve(lease.tokens > 0 ? this.take(lease) : { ...result, nth: Infinity });
    } catch (error) {
      for (const waiter of asked) waiter.reject(error);
    }
    lease.isFetching = false;
    if (lease.waiters.length > 0) void this.fetch(lease);
    else this.sweepLater(ttlMs);
  }

  private expire(lease: Lease): void {
    if (lease.tokens === 0) return;
    lease.batch = Math.max(1, Math.ceil(lease.batch / 2));
    this.giveBack(lease);
  }

  private giveBack(lease: Lease): void {
    const { tokens, plan, key } = lease;
    lease.tokens = 0;
    if (tokens === 0) return;
    const returned = this.source
      .giveBack(plan, key, tokens)
      .catch(() => {})
      .finally(() => this.returns.delete(returned));
    this.returns.add(returned);
  }

  private sweepLater(afterMs: number): void {
    if (this.sweeping !== undefined) return;
    this.sweeping = setTimeout(this.sweep, afterMs);
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

function placeOf(name: string, key: string): string {
  return `${name}\0${key}`;
}
