/** Counts consecutive failures within `windowMs`. Two failures before an idle hour and one after it are no streak. */
export class FailureStreak {
  private length = 0;
  /** The times of the last failures, as a ring buffer. */
  private readonly atMs: number[];

  constructor(
    private readonly max: number,
    private readonly windowMs: number,
  ) {
    this.atMs = Array.from({ length: max }, () => 0);
  }

  /** Ends the streak. Call it after a success. */
  end(): void {
    this.length = 0;
  }

  /** Adds a failure at the monotonic time `nowMs`. Returns whether the streak has `max` failures within the window. */
  add(nowMs: number): boolean {
    const { max, atMs } = this;
    atMs[this.length % max] = nowMs;
    this.length++;
    return this.length >= max && nowMs - (atMs[this.length % max] ?? nowMs) <= this.windowMs;
  }
}
