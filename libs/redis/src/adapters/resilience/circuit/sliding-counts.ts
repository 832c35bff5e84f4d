const BUCKETS = 10;

/**
 * The numbers of successes and failures in a sliding window. The cost of counting does not depend on the numbers in the
 * window. A tenth of the window expires at a time.
 */
export class SlidingCounts {
  /** The successes in the window, up to date after a count or after `at`. */
  successes = 0;
  /** The failures in the window, up to date after a count or after `at`. */
  failures = 0;
  private readonly successesBySlot = Array.from({ length: BUCKETS }, () => 0);
  private readonly failuresBySlot = Array.from({ length: BUCKETS }, () => 0);
  private readonly bucketMs: number;
  /** The number of the current bucket, counted from the start of the clock. */
  private bucket = 0;
  private slot = 0;
  private bucketEndMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.bucketMs = windowMs / BUCKETS;
  }

  /** Removes the counts that are older than the window. `nowMs` is monotonic. */
  at(nowMs: number): this {
    if (nowMs >= this.bucketEndMs) this.advance(Math.floor(nowMs / this.bucketMs));
    return this;
  }

  addSuccess(nowMs: number): void {
    this.at(nowMs);
    this.successesBySlot[this.slot] = (this.successesBySlot[this.slot] as number) + 1;
    this.successes++;
  }

  addFailure(nowMs: number): void {
    this.at(nowMs);
    this.failuresBySlot[this.slot] = (this.failuresBySlot[this.slot] as number) + 1;
    this.failures++;
  }

  clear(): void {
    this.successesBySlot.fill(0);
    this.failuresBySlot.fill(0);
    this.successes = this.failures = 0;
  }

  private advance(bucket: number): void {
    const steps = Math.min(BUCKETS, bucket - this.bucket);
    for (let step = 1; step <= steps; step++) {
      const slot = (this.bucket + step) % BUCKETS;
      this.successes -= this.successesBySlot[slot] as number;
      this.failures -= this.failuresBySlot[slot] as number;
      this.successesBySlot[slot] = this.failuresBySlot[slot] = 0;
    }
    this.bucket = bucket;
    this.slot = bucket % BUCKETS;
    this.bucketEndMs = (bucket + 1) * this.bucketMs;
  }
}
