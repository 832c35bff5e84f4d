/** Failures in a row. Only those of the last `windowMs` count: two before an idle hour and one after it are no row. */
export class FailureStreak {
  private length = 0;
  /** When the last failures were, as a ring. */
  private readonly atMs: number[];

  constructor(
    private readonly most: number,
    private readonly windowMs: number,
  ) {
    this.atMs = Array.from({ length: most }, () => 0);
  }

  /** A success ends the row. */
  end(): void {
    this.length = 0;
  }

  /** One more, at that (monotonic) moment. True if that makes `most` of them within the window. */
  add(nowMs: number): boolean {
    const { most, atMs } = this;
    atMs[this.length % most] = nowMs;
    this.length++;
    return this.length >= most && nowMs - (atMs[this.length % most] ?? nowMs) <= this.windowMs;
  }
}
