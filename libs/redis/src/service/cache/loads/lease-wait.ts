import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../../common/signal-watch.js';
import type { Timers } from '../../../common/time/timers.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import type { LoadRegistry } from './load-registry.js';

/** The first and the longest time between two looks at the lease if the store delivers no events. */
const FIRST_POLL_MS = 10;
const MAX_POLL_MS = 100;

export interface LeaseWaitParts {
  readonly entries: EntryStore;
  /** The key in the store. */
  readonly at: string;
  readonly timers: Timers;
  readonly loads: LoadRegistry;
}

/** The wait of one call for the load of another process. */
export class LeaseWait {
  private isWatching = false;
  private wasNotified = false;
  private wake: (() => void) | undefined;
  private unwatch: (() => void) | undefined;
  /** Undefined while the store delivers events. */
  private pollMs: number | undefined;
  private isOver = false;

  constructor(private readonly parts: LeaseWaitParts) {}

  /**
   * Resolves when the lease may have ended: after an event of the store, or after `maxMs`; also once when events are
   * received from then on, because an earlier one may have been missed.
   * @throws RedisInfraError DEADLINE_EXCEEDED when the signal is aborted; CLOSED when the cache is disconnected
   */
  async next(maxMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.isWatching) void this.watch();
    if (!this.wasNotified) await this.sleep(Math.min(maxMs, this.nextPollMs()), signal);
    this.wasNotified = false;
  }

  end(): void {
    this.isOver = true;
    this.unwatch?.();
    this.unwatch = undefined;
  }

  private async watch(): Promise<void> {
    this.isWatching = true;
    try {
      const unwatch = await this.parts.entries.watch(this.parts.at, () => this.notify());
      if (this.isOver) unwatch();
      else this.unwatch = unwatch;
    } catch {
      this.pollMs = FIRST_POLL_MS;
    }
    this.notify();
  }

  private notify(): void {
    this.wasNotified = true;
    this.wake?.();
  }

  /** Infinity while events are received. */
  private nextPollMs(): number {
    if (this.pollMs === undefined) return Infinity;
    const current = this.pollMs;
    this.pollMs = Math.min(current * 2, MAX_POLL_MS);
    return current;
  }

  private sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        cancel();
        offAbort();
        if (signal !== undefined) unwatchSignal(signal, leave);
        this.wake = undefined;
        settle();
      };
      const leave = (): void => end(() => reject(leftWait(signal)));
      const cancel = this.parts.timers.after(ms, () => end(resolve));
      const offAbort = this.parts.loads.onAbort((reason) => end(() => reject(reason)));
      this.wake = () => end(resolve);
      if (signal?.aborted === true) leave();
      else if (signal !== undefined) watchSignal(signal, leave);
    });
  }
}

function leftWait(signal: AbortSignal | undefined): RedisInfraError {
  return new RedisInfraError(
    'DEADLINE_EXCEEDED',
    "getOrSet was aborted by its caller's signal while another process was loading",
    { outcome: 'unknown', cause: signal?.reason },
  );
}
