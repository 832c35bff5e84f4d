import type { Clock } from '../../src/common/clock.js';
import type { Timers } from '../../src/common/time/timers.js';

interface Timer {
  readonly atMs: number;
  readonly work: () => void;
}

/** A clock and timers that a test moves. */
export class VirtualTime {
  private nowMs = 1_000_000;
  private readonly pending = new Set<Timer>();

  readonly clock: Clock = { monotonicMs: () => this.nowMs, wallMs: () => 1_700_000_000_000 + this.nowMs };
  readonly timers: Timers = {
    after: (ms, work) => this.schedule(ms, work),
    afterInBackground: (ms, work) => this.schedule(ms, work),
  };

  /** The number of timers that are running. */
  get running(): number {
    return this.pending.size;
  }

  /** Moves the time forward and runs the timers that end until then, each with what follows from it. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settled();
    for (let next = this.next(untilMs); next !== undefined; next = this.next(untilMs)) {
      this.pending.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.work();
      await settled();
    }
    this.nowMs = untilMs;
    await settled();
  }

  private next(untilMs: number): Timer | undefined {
    const due = [...this.pending].filter(({ atMs }) => atMs <= untilMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }

  private schedule(ms: number, work: () => void): () => void {
    const timer = { atMs: this.nowMs + ms, work };
    this.pending.add(timer);
    return () => void this.pending.delete(timer);
  }
}

/** Resolves when everything that needs no timer and no I/O has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
