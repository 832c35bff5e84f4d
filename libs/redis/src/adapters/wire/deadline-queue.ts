import { outsideRequests } from '../../common/async-context.js';

/** Something that waits at most until a moment. */
export interface Expirable {
  /** The links of the queue's own list; nobody else's business. */
  previous: Expirable | undefined;
  next: Expirable | undefined;
  list: DeadlineList | undefined;
  dueMs: number;
  /** The moment has passed. */
  expire(): void;
}

/** Those that wait equally long: so the order in which they came is the order in which they are due. */
interface DeadlineList {
  readonly afterMs: number;
  first: Expirable | undefined;
  last: Expirable | undefined;
}

/** A timer later than this says that the event loop was blocked, and the silence says nothing about the server. */
const BLOCKED_MS = 20;
/** What the server is given then: its replies may not even have been asked for before the block ended. */
const GRACE_MS = 20;

/**
 * All deadlines, on one timer. Adding and removing touch a few fields, nothing else.
 *
 * After a blocked event loop timers run before the replies that have already arrived. So a sweep that finds something due
 * does not end it: it looks again after one poll phase, and after a long block a moment later still. What is due then is due.
 */
export class DeadlineQueue {
  private readonly lists = new Map<number, DeadlineList>();
  private timer: NodeJS.Timeout | undefined;
  private timerDueMs = Infinity;
  /** How many wait. While any does, the timer holds the process: they may be all that is left to happen in it. */
  private waiting = 0;

  add(waiting: Expirable, afterMs: number): void {
    if (this.waiting++ === 0) this.timer?.ref();
    let list = this.lists.get(afterMs);
    if (list === undefined) this.lists.set(afterMs, (list = { afterMs, first: undefined, last: undefined }));
    waiting.dueMs = performance.now() + afterMs;
    waiting.list = list;
    waiting.previous = list.last;
    if (list.last === undefined) list.first = waiting;
    else list.last.next = waiting;
    list.last = waiting;
    if (waiting.dueMs < this.timerDueMs) this.arm(waiting.dueMs);
  }

  /** Does nothing for what is not waiting (any more). */
  remove(waiting: Expirable): void {
    const { list, previous, next } = waiting;
    if (list === undefined) return;
    if (previous === undefined) list.first = next;
    else previous.next = next;
    if (next === undefined) list.last = previous;
    else next.previous = previous;
    waiting.list = waiting.previous = waiting.next = undefined;
    if (--this.waiting === 0) this.timer?.unref();
  }

  private arm(dueMs: number): void {
    clearTimeout(this.timer);
    this.timerDueMs = dueMs;
    // One timer for the calls of all requests: it belongs to none of them.
    this.timer = outsideRequests(() => setTimeout(this.sweep, Math.max(0, Math.ceil(dueMs - performance.now()))));
    if (this.waiting === 0) this.timer.unref();
  }

  private readonly sweep = (): void => {
    const nowMs = performance.now();
    const lateMs = nowMs - this.timerDueMs;
    if (this.nextDueMs() > nowMs) {
      this.rearm();
    } else {
      setImmediate(
        lateMs > BLOCKED_MS ? () => setTimeout(() => this.expireUntil(nowMs), GRACE_MS) : () => this.expireUntil(nowMs),
      );
    }
  };

  private expireUntil(momentMs: number): void {
    for (const list of this.lists.values()) {
      while (list.first !== undefined && list.first.dueMs <= momentMs) {
        const due = list.first;
        this.remove(due);
        due.expire();
      }
    }
    this.rearm();
  }

  /** Only here are empty lists dropped and the timer let go: most calls end long before they are due. */
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
