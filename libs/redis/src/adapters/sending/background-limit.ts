/**
 * Limits how many background tasks run at the same time, so that work without a caller does not take all permits. Tasks
 * start first in, first out. A task sends a few commands in sequence and must not run another task (deadlock).
 */
export class BackgroundLimit {
  private running = 0;
  private readonly queue = new Set<() => void>();

  constructor(private readonly maxRunning = 16) {}

  /** Tasks that have not started. */
  get queued(): number {
    return this.queue.size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.maxRunning) await new Promise<void>((resolve) => void this.queue.add(resolve));
    else this.running++;
    try {
      return await task();
    } finally {
      this.releaseSlot();
    }
  }

  /** Passes the slot to the first waiting task, or frees it. */
  private releaseSlot(): void {
    const [first] = this.queue;
    if (first === undefined) {
      this.running--;
      return;
    }
    this.queue.delete(first);
    first();
  }
}
