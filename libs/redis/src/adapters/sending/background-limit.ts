/**
 * Runs work that no caller waits for a few pieces at a time, first in first out, so that it never takes the permits of callers. One
 * piece is a few commands, one after the other; a piece must not run another.
 */
export class BackgroundLimit {
  private running = 0;
  private readonly queue = new Set<() => void>();

  constructor(private readonly most = 16) {}

  /** Pieces that have not begun. */
  get queued(): number {
    return this.queue.size;
  }

  async run<T>(piece: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((resolve) => void this.queue.add(resolve));
    else this.running++;
    try {
      return await piece();
    } finally {
      this.next();
    }
  }

  /** The slot goes to the piece that has waited longest, or becomes free. */
  private next(): void {
    const [first] = this.queue;
    if (first === undefined) {
      this.running--;
      return;
    }
    this.queue.delete(first);
    first();
  }
}
