/**
 * The end of the current turn of the event loop. What waits for it runs in one pass after the I/O callbacks (`setImmediate`,
 * not `nextTick`: the requests of an HTTP server are separate callbacks of one poll phase): first whatever still wants to
 * write, then the flushes of what was written.
 */
export class TickScheduler {
  private writers: (() => void)[] = [];
  private flushes: (() => void)[] = [];
  private scheduled = false;
  /** What is written now has nothing to wait for. */
  writesImmediately = false;

  /** Runs at the end of this turn, before anything is flushed. */
  beforeFlush(write: () => void): void {
    this.writers.push(write);
    this.schedule();
  }

  /** Runs at the end of this turn, after everybody has written. */
  flush(flush: () => void): void {
    this.flushes.push(flush);
    this.schedule();
  }

  /** What was written so far leaves now, and does not wait for the rest of the turn. */
  flushNow(): void {
    const flushes = this.flushes;
    this.flushes = [];
    for (const flush of flushes) flush();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.end);
  }

  private readonly end = (): void => {
    const writers = this.writers;
    this.writers = [];
    try {
      for (const write of writers) write();
    } finally {
      // A flush may be asked for while the writers write; writers that come now belong to the next turn.
      this.scheduled = false;
      this.flushNow();
      if (this.writers.length > 0) this.schedule();
    }
  };
}
