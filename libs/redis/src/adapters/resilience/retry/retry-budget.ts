import { SlidingCounts } from '../circuit/sliding-counts.js';

const WINDOW_MS = 10_000;
/** A second; they need not be paid for by successes. */
const FREE = 10;

/**
 * How much may be repeated: a share of what went well, so that retries add little to the load of a server in trouble.
 * @see https://sre.google/sre-book/addressing-cascading-failures/
 */
export class RetryBudget {
  private readonly counts = new SlidingCounts(WINDOW_MS);

  constructor(private readonly share: number) {}

  succeeded(nowMs: number): void {
    this.counts.addSuccess(nowMs);
  }

  /** Takes one, if there is one left. */
  take(nowMs: number): boolean {
    const { successes: good, failures: bad } = this.counts.at(nowMs);
    if (bad >= good * this.share + (FREE * WINDOW_MS) / 1000) return false;
    this.counts.addFailure(nowMs);
    return true;
  }
}
