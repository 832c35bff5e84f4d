import type { FailureMark, LeaseRequest } from '../../../src/domain/entry-store.js';

interface Lease {
  readonly token: string;
  readonly clock: number;
  readonly failures: number;
  untilMs: number;
  hasWaiters: boolean;
}

interface Mark {
  readonly failures: number;
  readonly untilMs: number;
}

/** The state of a key when its lease was requested. */
export type LeaseStatus =
  | { readonly status: 'acquired' }
  | { readonly status: 'held'; readonly holder: string; readonly remainingMs: number }
  | { readonly status: 'failed'; readonly remainingMs: number };

/** What the leases report. A lease that expires is not reported. */
export interface LeaseObserver {
  /** A lease ended that others wait for. */
  readonly onSettled: (key: string) => void;
  readonly onGranted: (token: string) => void;
  /** The lease of a token was ended by the token itself, by a change of the key, or by another load. */
  readonly onEnded: (token: string) => void;
}

/** The leases and error marks at a moment. */
export interface LeasesState {
  readonly leases: ReadonlyMap<string, Lease>;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** The leases and error marks of the model store. */
export class ModelLeases {
  private readonly leases = new Map<string, Lease>();
  private readonly marks = new Map<string, Mark>();

  constructor(
    private readonly nowMs: () => number,
    private readonly observer: LeaseObserver,
  ) {}

  /** The token that holds the lease of a key. */
  holder(key: string): string | undefined {
    return this.valid(key)?.token;
  }

  /** The keys whose lease is held. */
  held(): string[] {
    return [...this.leases.keys()].filter((key) => this.valid(key) !== undefined);
  }

  acquire(key: string, { token, ttlMs, clock, minClock }: LeaseRequest): LeaseStatus {
    const nowMs = this.nowMs();
    const lease = this.valid(key);
    if (lease !== undefined && lease.clock >= minClock) {
      lease.hasWaiters = true;
      return { status: 'held', holder: lease.token, remainingMs: lease.untilMs - nowMs };
    }
    const mark = this.marks.get(key);
    if (mark !== undefined && mark.untilMs > nowMs) return { status: 'failed', remainingMs: mark.untilMs - nowMs };
    if (lease !== undefined) this.observer.onEnded(lease.token);
    const failures = mark?.failures ?? 0;
    const hasWaiters = lease?.hasWaiters ?? false;
    this.leases.set(key, { token, clock, failures, untilMs: nowMs + ttlMs, hasWaiters });
    this.observer.onGranted(token);
    return { status: 'acquired' };
  }

  renew(key: string, token: string, ttlMs: number): boolean {
    const lease = this.valid(key);
    if (lease?.token !== token) return false;
    lease.untilMs = this.nowMs() + ttlMs;
    return true;
  }

  /** Ends the lease of a token. False if it does not hold the lease. */
  end(key: string, token: string): boolean {
    if (this.valid(key)?.token !== token) return false;
    this.void(key);
    return true;
  }

  fail(key: string, token: string, { errorTtlMs, maxMs }: FailureMark): void {
    const lease = this.valid(key);
    if (lease?.token !== token) return;
    const failures = lease.failures + 1;
    this.void(key);
    const lengthMs = Math.min(errorTtlMs * 2 ** (failures - 1), maxMs);
    this.marks.set(key, { failures, untilMs: this.nowMs() + lengthMs });
  }

  /** Ends whatever lease the key has, and removes its error mark. */
  void(key: string): void {
    const lease = this.valid(key);
    this.leases.delete(key);
    this.marks.delete(key);
    if (lease === undefined) return;
    this.observer.onEnded(lease.token);
    if (lease.hasWaiters) this.observer.onSettled(key);
  }

  clear(): void {
    for (const { token } of this.leases.values()) this.observer.onEnded(token);
    this.leases.clear();
    this.marks.clear();
  }

  /** A copy of all leases and marks. */
  copy(): LeasesState {
    const leases = [...this.leases].map(([key, lease]) => [key, { ...lease }] as const);
    return { leases: new Map(leases), marks: new Map(this.marks) };
  }

  /** Replaces all leases and marks. */
  restore({ leases, marks }: LeasesState): void {
    this.clear();
    for (const [key, lease] of leases) this.leases.set(key, { ...lease });
    for (const [key, mark] of marks) this.marks.set(key, mark);
  }

  private valid(key: string): Lease | undefined {
    const lease = this.leases.get(key);
    return lease !== undefined && lease.untilMs > this.nowMs() ? lease : undefined;
  }
}
