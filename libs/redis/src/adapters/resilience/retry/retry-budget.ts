import { SlidingCounts } from '../circuit/sliding-counts.js';

const WINDOW_MS = 10_000;
/** Retry tokens per second that do not depend on successes. */
const FREE_PER_SECOND = 10;

/**
 * Issues retry tokens: a share of the successful commands, so that retries add little load to an overloaded server.
 * @see https://sre.google/sre-book/addressing-cascading-failures/
 */
export class RetryBudget {
  /** Successful commands, and as failures the retry tokens that were taken. */
  private readonly counts = new SlidingCounts(WINDOW_MS);

  constructor(private readonly share: number) {}

  succeeded(nowMs: number): void {
    this.counts.addSuccess(nowMs);
  }

  /** Takes one retry token; false when there is none. `nowMs` is monotonic. */
  take(nowMs: number): boolean {
    const { successes, failures: retries } = this.counts.at(nowMs);
    if (retries >= successes * this.share + (FREE_PER_SECOND * WINDOW_MS) / 1000) return false;
    this.counts.addFailure(nowMs);
    return true;
  }
}
