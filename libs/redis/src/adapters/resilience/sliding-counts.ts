const BUCKETS = 10;

/**
 * How often something went well and how often not, in the last so many milliseconds. Counting touches one bucket, whatever is in
 * the window; the oldest tenth of it is forgotten at a time.
 */
export class SlidingCounts {
  /** Of the whole window. Up to date after a count or after `at`. */
  good = 0;
  bad = 0;
  private readonly goods = Array.from({ length: BUCKETS }, () => 0);
  private readonly bads = Array.from({ length: BUCKETS }, () => 0);
  private readonly bucketMs: number;
  /** The number of the bucket that is being filled, since the clock began. */
  private bucket = 0;
  private slot = 0;
  private bucketEndMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.bucketMs = windowMs / BUCKETS;
  }

  /** Forgets what is too old at that (monotonic) moment. */
  at(nowMs: number): this {
    if (nowMs >= this.bucketEndMs) this.advance(Math.floor(nowMs / this.bucketMs));
    return this;
  }

  addGood(nowMs: number): void {
    this.at(nowMs);
    this.goods[this.slot] = (this.goods[this.slot] as number) + 1;
    this.good++;
  }

  addBad(nowMs: number): void {
    this.at(nowMs);
    this.bads[this.slot] = (this.bads[this.slot] as number) + 1;
    this.bad++;
  }

  clear(): void {
    this.goods.fill(0);
    this.bads.fill(0);
    this.good = this.bad = 0;
  }

  private advance(bucket: number): void {
    const steps = Math.min(BUCKETS, bucket - this.bucket);
    for (let step = 1; step <= steps; step++) {
      const slot = (this.bucket + step) % BUCKETS;
      this.good -= this.goods[slot] as number;
      this.bad -= this.bads[slot] as number;
      this.goods[slot] = this.bads[slot] = 0;
    }
    this.bucket = bucket;
    this.slot = bucket % BUCKETS;
    this.bucketEndMs = (bucket + 1) * this.bucketMs;
  }
}
