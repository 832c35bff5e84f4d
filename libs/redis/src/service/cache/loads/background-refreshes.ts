import { outsideRequests } from '../../../common/async-context.js';

/** A refresh that waits or runs. */
interface Refresh {
  readonly at: string;
  readonly run: () => Promise<void>;
}

/**
 * Loads that no caller waits for: at most one for each key, and a limited number at a time. They run outside the async
 * context of the call that caused them, so that a loader does not see a request that is over.
 */
export class BackgroundRefreshes {
  private readonly pending = new Map<string, Refresh>();
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly maxRunning: number) {}

  /** Starts a refresh now, or when fewer run. Does nothing if the key has one already. */
  start(at: string, run: () => Promise<void>): void {
    if (this.running.has(at) || this.pending.has(at)) return;
    const refresh = { at, run };
    if (this.running.size < this.maxRunning) this.begin(refresh);
    else this.pending.set(at, refresh);
  }

  /** Drops what waits. Resolves when nothing runs any more. */
  async drain(): Promise<void> {
    this.pending.clear();
    await Promise.all(this.running.values());
  }

  private begin({ at, run }: Refresh): void {
    // A failure of the load or of the store has been counted and reported.
    const ended = outsideRequests(run)
      .catch(() => {})
      .then(() => {
        this.running.delete(at);
        this.beginNext();
      });
    this.running.set(at, ended);
  }

  private beginNext(): void {
    for (const [at, refresh] of this.pending) {
      if (this.running.size >= this.maxRunning) return;
      this.pending.delete(at);
      this.begin(refresh);
    }
  }
}
