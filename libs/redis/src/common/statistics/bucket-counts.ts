/** What a `BucketCounts` has counted. Values never decrease, except `sum` if negative values were added. */
export interface BucketSnapshot {
  /** The upper bounds of the buckets, inclusive and ascending. */
  readonly bounds: readonly number[];
  /** For each bound, how many values were not greater than it and greater than the bound before; then those above all. */
  readonly counts: readonly number[];
  /** The sum of all values. */
  readonly sum: number;
  /** The number of values. */
  readonly count: number;
}

/** Counts values by size, as a histogram does. `add` changes two numbers and allocates nothing. */
export class BucketCounts {
  private readonly counts: Float64Array;
  private sum = 0;

  /** @param bounds the upper bounds of the buckets, inclusive and ascending */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
  }

  snapshot(): BucketSnapshot {
    const counts = [...this.counts];
    return { bounds: this.bounds, counts, sum: this.sum, count: counts.reduce((total, count) => total + count, 0) };
  }
}
