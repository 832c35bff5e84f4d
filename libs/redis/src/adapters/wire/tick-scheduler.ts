/**
 * Runs work at the end of the current tick: first all writers, then the flushes of what they wrote. A tick ends at
 * `setImmediate`, after the I/O callbacks, and not at `nextTick`, because the requests of an HTTP server are separate
 * callbacks of one poll phase.
 */
export class TickScheduler {
  private writers: (() => void)[] = [];
  private flushes: (() => void)[] = [];
  private scheduled = false;
  /** The command that is being written now must not wait for the end of the tick. */
  writesImmediately = false;

  /** Runs at the end of this tick, before anything is flushed. */
  beforeFlush(write: () => void): void {
    this.writers.push(write);
    this.schedule();
  }

  /** Runs at the end of this tick, after all writers. */
  afterWrites(flush: () => void): void {
    this.flushes.push(flush);
    this.schedule();
  }

  /** Flushes what was written so far instead of waiting for the end of the tick. */
  flushNow(): void {
    const flushes = this.flushes;
    this.flushes = [];
    for (const flush of flushes) flush();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.runTick);
  }

  private readonly runTick = (): void => {
    const writers = this.writers;
    this.writers = [];
    try {
      for (const write of writers) write();
    } finally {
      // Writers may add flushes to this tick. Writers added during the flushes belong to the next tick.
      this.scheduled = false;
      this.flushNow();
      if (this.writers.length > 0) this.schedule();
    }
  };
}
