import { outsideRequests } from '../../common/async-context.js';
import type { Clock } from '../../common/clock.js';

/** A member of a `DeadlineQueue`. */
export interface Expirable {
  /** Used by the queue only: the links of its list. */
  previous: Expirable | undefined;
  next: Expirable | undefined;
  list: DeadlineList | undefined;
  /** The deadline, on the monotonic clock. Set by the queue. */
  dueMs: number;
  /** Called once the deadline has passed. */
  expire(): void;
}

/** The entries with the same time limit. They are due in the order in which they were added, so the list is sorted. */
interface DeadlineList {
  readonly afterMs: number;
  first: Expirable | undefined;
  last: Expirable | undefined;
}

/**
 * A timer that fires later than this was delayed by a blocked event loop, so a missing reply is no evidence against the
 * server.
 */
const BLOCKED_MS = 20;
/** The extra time after such a block: a command may not have been written before the block ended. */
const GRACE_MS = 20;

/**
 * All deadlines on one timer. Adding and removing an entry is O(1).
 *
 * After the event loop was blocked, timers run before replies that have already arrived. So a sweep that finds a due
 * entry does not expire it. It checks again after one poll phase, or after a grace period if the block was long, and
 * expires the entries that are still there.
 */
export class DeadlineQueue {
  private readonly lists = new Map<number, DeadlineList>();
  private timer: NodeJS.Timeout | undefined;
  private timerDueMs = Infinity;
  /**
   * The number of entries. The timer keeps the process alive while there are any: nothing else may be pending in it.
   */
  private size = 0;

  constructor(readonly clock: Clock) {}

  /** Runs a function after a delay, on the same timer. */
  after(delayMs: number, run: () => void): void {
    this.add(new Delay(run), delayMs);
  }

  add(entry: Expirable, afterMs: number): void {
    if (this.size++ === 0) this.timer?.ref();
    let list = this.lists.get(afterMs);
    if (list === undefined) this.lists.set(afterMs, (list = { afterMs, first: undefined, last: undefined }));
    entry.dueMs = this.clock.monotonicMs() + afterMs;
    entry.list = list;
    entry.previous = list.last;
    if (list.last === undefined) list.first = entry;
    else list.last.next = entry;
    list.last = entry;
    if (entry.dueMs < this.timerDueMs) this.arm(entry.dueMs);
  }

  /** Does nothing if the entry is not in the queue. */
  remove(entry: Expirable): void {
    const { list, previous, next } = entry;
    if (list === undefined) return;
    if (previous === undefined) list.first = next;
    else previous.next = next;
    if (next === undefined) list.last = previous;
    else next.previous = previous;
    entry.list = entry.previous = entry.next = undefined;
    if (--this.size === 0) this.timer?.unref();
  }

  private arm(dueMs: number): void {
    clearTimeout(this.timer);
    this.timerDueMs = dueMs;
    // The timer serves the calls of all requests, so it must not keep the async context of one of them.
    this.timer = outsideRequests(() =>
      setTimeout(this.sweep, Math.max(0, Math.ceil(dueMs - this.clock.monotonicMs()))),
    );
    if (this.size === 0) this.timer.unref();
  }

  private readonly sweep = (): void => {
    const nowMs = this.clock.monotonicMs();
    const lateMs = nowMs - this.timerDueMs;
    if (this.nextDueMs() > nowMs) {
      this.rearm();
    } else {
      setImmediate(
        lateMs > BLOCKED_MS ? () => setTimeout(() => this.expireUntil(nowMs), GRACE_MS) : () => this.expireUntil(nowMs),
      );
    }
  };

  private expireUntil(untilMs: number): void {
    for (const list of this.lists.values()) {
      while (list.first !== undefined && list.first.dueMs <= untilMs) {
        const due = list.first;
        this.remove(due);
        due.expire();
      }
    }
    this.rearm();
  }

  /** Drops empty lists and rearms the timer. Done here only, because most calls end long before their deadline. */
  private rearm(): void {
    this.timerDueMs = Infinity;
    for (const list of this.lists.values()) if (list.first === undefined) this.lists.delete(list.afterMs);
    const dueMs = this.nextDueMs();
    if (dueMs < Infinity) this.arm(dueMs);
  }

  private nextDueMs(): number {
    let dueMs = Infinity;
    for (const { first } of this.lists.values()) if (first !== undefined && first.dueMs < dueMs) dueMs = first.dueMs;
    return dueMs;
  }
}

class Delay implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  constructor(readonly expire: () => void) {}
}
