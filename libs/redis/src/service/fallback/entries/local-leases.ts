import type { Clock } from '../../../common/clock.js';
import type { FailureMark, LeaseRequest } from '../../../domain/entry-store.js';
import { FillTokens, type FillToken } from '../../copies/fill-tokens.js';

/** The result of a request for a lease of this process. */
export type LocalGrant =
  | { readonly status: 'acquired' }
  | { readonly status: 'held'; readonly holder: string; readonly remainingMs: number }
  | { readonly status: 'failed'; readonly remainingMs: number };

interface LocalLease {
  readonly token: string;
  readonly clock: number;
  /** Shows whether the key was changed since the load began. */
  readonly fill: FillToken;
  endsMs: number;
}

/** The leases that this process grants to itself while the primary store is unavailable. */
export class LocalLeases {
  private readonly byKey = new Map<string, LocalLease>();
  /** What the primary store granted, by token: shows whether the key was changed since. */
  private readonly granted = new Map<string, FillToken>();
  private readonly failures = new Map<string, { readonly count: number; readonly untilMs: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly fills: FillTokens,
  ) {}

  acquire(key: string, { token, ttlMs, clock, minClock }: LeaseRequest): LocalGrant {
    const nowMs = this.clock.monotonicMs();
    const { untilMs = 0 } = this.failures.get(key) ?? {};
    if (untilMs > nowMs) return { status: 'failed', remainingMs: untilMs - nowMs };
    const held = this.byKey.get(key);
    if (held !== undefined && held.endsMs > nowMs && held.clock >= minClock && held.fill.isAlive)
      return { status: 'held', holder: held.token, remainingMs: held.endsMs - nowMs };
    if (held !== undefined) this.fills.end(held.fill);
    this.byKey.set(key, { token, clock, fill: this.fills.begin(key), endsMs: nowMs + ttlMs });
    return { status: 'acquired' };
  }

  /** The primary store has granted a lease. The load may end while that is unavailable. */
  grantedByPrimary(key: string, token: string): void {
    this.granted.set(token, this.fills.begin(key));
  }

  /** The load of a lease of the primary store ends. True if the key is unchanged since the lease was granted. */
  endGranted(token: string): boolean {
    const fill = this.granted.get(token);
    this.granted.delete(token);
    return fill !== undefined && this.fills.end(fill);
  }

  /** Whether the key was changed since the primary store granted the lease to this process. */
  isOutdated(token: string): boolean {
    return this.granted.get(token)?.isAlive === false;
  }

  /** Whether this process granted the lease. */
  has(key: string, token: string): boolean {
    return this.byKey.get(key)?.token === token;
  }

  /** Extends the lease. False if the token no longer holds it, or the key was changed. */
  renew(key: string, token: string, ttlMs: number): boolean {
    const lease = this.byKey.get(key);
    if (lease?.token !== token || !lease.fill.isAlive) return false;
    lease.endsMs = this.clock.monotonicMs() + ttlMs;
    return true;
  }

  /** Ends the lease. True if the key is unchanged since it was granted, so that the loaded value is valid. */
  end(key: string, token: string, failure?: FailureMark): boolean {
    const lease = this.byKey.get(key);
    if (lease?.token !== token) return false;
    this.byKey.delete(key);
    const isValid = lease.fill.isAlive;
    this.fills.end(lease.fill);
    if (failure === undefined) this.failures.delete(key);
    else this.mark(key, failure);
    return isValid;
  }

  /** Ends all leases: the primary store grants them again. */
  clear(): void {
    for (const { fill } of this.byKey.values()) this.fills.end(fill);
    this.byKey.clear();
    this.failures.clear();
  }

  private mark(key: string, { errorTtlMs, maxMs }: FailureMark): void {
    const { count = 0 } = this.failures.get(key) ?? {};
    const untilMs = this.clock.monotonicMs() + Math.min(maxMs, errorTtlMs * 2 ** count);
    this.failures.set(key, { count: count + 1, untilMs });
  }
}
