import type { FailureMark, LeaseRequest } from '../../../domain/entry-store.js';
import type { InternalKeys } from '../../../domain/models/internal-keys.js';
import type { LeaseRecord, MemoryRecords } from '../memory-records.js';
import type { LeaseWatchers } from './lease-watchers.js';

/** The result of a request for a lease, without the stored value. */
export type LeaseAnswer =
  | { readonly status: 'acquired' }
  | { readonly status: 'held'; readonly holder: string; readonly remainingMs: number }
  | { readonly status: 'failed'; readonly remainingMs: number };

/**
 * The leases of value keys. Every method is one step. A lease that is dropped for lack of memory lets a second load
 * start, and the first can no longer publish.
 */
export class MemoryLeases {
  constructor(
    private readonly records: MemoryRecords,
    private readonly names: InternalKeys,
    private readonly watchers: LeaseWatchers,
  ) {}

  acquire(key: string, { token, ttlMs, clock, minClock }: LeaseRequest): LeaseAnswer {
    const lease = this.find(key);
    const remainingMs = lease === undefined ? 0 : Math.ceil(lease.freeAtMs - this.records.nowMs);
    if (lease !== undefined && remainingMs > 0) {
      if (lease.token === undefined) return { status: 'failed', remainingMs };
      if (lease.token !== token) {
        if (lease.clock >= minClock) return { status: 'held', holder: lease.token, remainingMs };
        this.watchers.notify(key);
      }
    }
    this.hold(key, { token, clock, failures: lease?.failures ?? 0 }, ttlMs);
    return { status: 'acquired' };
  }

  holds(key: string, token: string): boolean {
    return this.find(key)?.token === token;
  }

  /** False if the token does not hold the lease. */
  renew(key: string, token: string, ttlMs: number): boolean {
    const lease = this.find(key);
    if (lease?.token !== token) return false;
    this.hold(key, { token, clock: lease.clock, failures: lease.failures }, ttlMs);
    return true;
  }

  /** Ends the lease of its holder, and marks the key as failed if `failure` is given. */
  release(key: string, token: string, failure: FailureMark | undefined): void {
    const lease = this.find(key);
    if (lease?.token !== token) return;
    this.void(key);
    if (failure !== undefined) this.mark(key, lease, failure);
  }

  /** Ends any lease and removes the mark of a failure, because the key was changed. */
  void(key: string): void {
    if (this.records.delete(this.names.lease(key))) this.watchers.notify(key);
  }

  private hold(key: string, lease: Pick<LeaseRecord, 'token' | 'clock' | 'failures'>, ttlMs: number): void {
    const freeAtMs = this.records.expiryAfter(ttlMs);
    this.records.set(this.names.lease(key), { type: 'lease', ...lease, freeAtMs, expiresAtMs: freeAtMs });
  }

  private mark(key: string, { clock, failures }: LeaseRecord, { errorTtlMs, maxMs }: FailureMark): void {
    const ms = Math.min(maxMs, errorTtlMs * 2 ** failures);
    this.records.set(this.names.lease(key), {
      type: 'lease',
      token: undefined,
      clock,
      failures: failures + 1,
      freeAtMs: this.records.expiryAfter(ms),
      expiresAtMs: this.records.expiryAfter(2 * ms),
    });
  }

  private find(key: string): LeaseRecord | undefined {
    const record = this.records.get(this.names.lease(key));
    return record?.type === 'lease' ? record : undefined;
  }
}
