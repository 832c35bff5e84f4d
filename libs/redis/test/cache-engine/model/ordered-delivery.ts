import { ORDER_MS, type StepOwner, type VirtualScheduler } from '../simulation/virtual-scheduler.js';

/** One direction of a connection. Messages with a common key arrive in the order in which they were sent. */
export class OrderedDelivery {
  private readonly lastMs = new Map<string, number>();

  /** @param receiver undefined if the server receives: then no promise settles on arrival */
  constructor(
    private readonly scheduler: VirtualScheduler,
    private readonly receiver?: StepOwner,
  ) {}

  /** Delivers a message after `delayMs`, or later if an earlier message of one of its keys has not arrived by then. */
  after(delayMs: number, keys: readonly string[], receive: () => void): void {
    const { scheduler, receiver, lastMs } = this;
    let dueMs = scheduler.nowMs + delayMs;
    for (const key of keys) dueMs = Math.max(dueMs, (lastMs.get(key) ?? 0) + ORDER_MS);
    for (const key of keys) lastMs.set(key, dueMs);
    scheduler.after(dueMs - scheduler.nowMs, receive, { process: receiver, isSilent: receiver === undefined });
  }
}
