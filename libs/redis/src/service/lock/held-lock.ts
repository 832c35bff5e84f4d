import { outsideRequests } from '../../common/async-context.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Environment } from '../../common/time/environment.js';
import type { LockLease } from './lock-lease.js';

/** A lock that this process holds. */
export interface HeldLock {
  /** The name of the lock. */
  readonly name: string;
  /**
   * The fencing number: greater than that of every earlier holder of the lock. Pass it to the resource that the lock
   * protects, so that the resource refuses a holder that has lost the lock without noticing.
   */
  readonly fence: number;
  /**
   * Aborts when the lock is lost, or may be lost because no renewal was confirmed within the ttl. `reason` is a
   * RedisInfraError LOCK_LOST. It does not abort after `release()`.
   */
  readonly signal: AbortSignal;
  /**
   * Ends the lock. Idempotent. A lock that is lost stays with its new holder.
   * @throws RedisInfraError if Redis is unavailable: the lock then expires after its ttl
   */
  release(): Promise<void>;
}

/** A renewal is sent when this part of the ttl has passed, and again after the second part if it failed. */
const RENEW_PART = 1 / 3;
const RETRY_PART = 1 / 12;
/** A renewal without a reply is given up after this time at most, because a new connection may work. */
const MAX_RENEWAL_MS = 1000;

interface HeldLockParts {
  readonly name: string;
  readonly fence: number;
  readonly lease: LockLease;
  readonly renew: boolean;
  readonly environment: Environment;
}

/**
 * Holds a lock, and detects its loss. On the server the lock is held for the ttl from the moment when the server received
 * the last request, so here it counts as held for the ttl from the moment when that request was sent. One timer serves
 * renewals and detection. It first compares the clock: after a pause of the process the timers run late, and nothing may be
 * renewed that another holder may have.
 */
export class RenewedLock implements HeldLock {
  readonly name: string;
  readonly fence: number;
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private state: 'held' | 'lost' | 'released' = 'held';
  private isRenewing = false;
  private cancelTimer = (): void => {};
  private releasing: Promise<boolean> | undefined;

  /** @param confirmedMs when the last confirmed request was sent, on the monotonic clock */
  constructor(
    private readonly parts: HeldLockParts,
    private confirmedMs: number,
  ) {
    this.name = parts.name;
    this.fence = parts.fence;
    this.signal = this.promptSignal();
    this.schedule(parts.renew ? this.ttlMs * RENEW_PART - this.sinceConfirmedMs() : this.leftMs());
  }

  async release(): Promise<void> {
    await this.end();
  }

  /**
   * Releases the lock.
   * @returns whether it was held until now
   */
  async end(): Promise<boolean> {
    this.detectLoss();
    this.cancelTimer();
    if (this.state === 'lost') return this.parts.lease.release().catch(() => false);
    this.state = 'released';
    return (this.releasing ??= this.parts.lease.release());
  }

  /** A signal that is aborted as soon as it is read after the loss, also if the timer has not run yet. */
  private promptSignal(): AbortSignal {
    const { signal } = this.controller;
    return Object.defineProperty(signal, 'aborted', {
      get: (): boolean => {
        this.detectLoss();
        return this.state === 'lost';
      },
    });
  }

  private get ttlMs(): number {
    return this.parts.lease.ttlMs;
  }

  private sinceConfirmedMs(): number {
    return this.parts.environment.clock.monotonicMs() - this.confirmedMs;
  }

  private leftMs(): number {
    return this.ttlMs - this.sinceConfirmedMs();
  }

  private schedule(afterMs: number): void {
    const ms = Math.max(1, Math.min(afterMs, this.leftMs()));
    this.cancelTimer();
    this.cancelTimer = outsideRequests(() => this.parts.environment.timers.afterInBackground(ms, () => this.onTimer()));
  }

  private onTimer(): void {
    this.detectLoss();
    if (this.state !== 'held') return;
    if (this.parts.renew && !this.isRenewing) void this.renew();
    this.schedule(this.leftMs());
  }

  private async renew(): Promise<void> {
    const sentMs = this.parts.environment.clock.monotonicMs();
    const deadlineMs = Math.max(1, Math.min(this.leftMs(), this.ttlMs * RENEW_PART, MAX_RENEWAL_MS));
    this.isRenewing = true;
    const isRenewed = await this.parts.lease.renew({ deadline: deadlineMs / 1000 }).catch(() => undefined);
    this.isRenewing = false;
    this.detectLoss();
    if (this.state !== 'held') return;
    if (isRenewed === false) return this.lose('the lock expired on the server, or was removed');
    if (isRenewed === true) this.confirmedMs = sentMs;
    this.schedule(isRenewed === true ? this.ttlMs * RENEW_PART - this.sinceConfirmedMs() : this.ttlMs * RETRY_PART);
  }

  private detectLoss(): void {
    if (this.state === 'held' && this.leftMs() <= 0)
      this.lose('no renewal of the lock was confirmed within its ttl, so another process may hold it');
  }

  private lose(message: string): void {
    this.state = 'lost';
    this.cancelTimer();
    this.controller.abort(lockLost(message));
  }
}

/** The reason of the signal of a lock that is lost. */
export function lockLost(message: string): RedisInfraError {
  return new RedisInfraError('LOCK_LOST', message, { outcome: 'unknown' });
}
