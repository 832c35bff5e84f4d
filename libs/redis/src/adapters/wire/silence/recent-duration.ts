/**
 * For how many milliseconds of a sliding window an activity went on. Keeps two fixed windows and counts the older one
 * in proportion to its overlap: O(1), and exact enough for a comparison with half a window.
 */
export class RecentDuration {
  private currentMs = 0;
  private previousMs = 0;
  private windowStartMs = -Infinity;

  constructor(private readonly windowMs: number) {}

  /** The activity went on for `ms` until `nowMs` (monotonic). */
  add(ms: number, nowMs: number): void {
    this.advance(nowMs);
    this.currentMs = Math.min(this.windowMs, this.currentMs + ms);
  }

  /** The duration within the window that ends at `nowMs` (monotonic). At most the window. */
  at(nowMs: number): number {
    this.advance(nowMs);
    const share = 1 - (nowMs - this.windowStartMs) / this.windowMs;
    return Math.min(this.windowMs, this.currentMs + share * this.previousMs);
  }

  private advance(nowMs: number): void {
    const ageMs = nowMs - this.windowStartMs;
    if (ageMs < this.windowMs) return;
    const isNext = ageMs < 2 * this.windowMs;
    this.previousMs = isNext ? this.currentMs : 0;
    this.windowStartMs = isNext ? this.windowStartMs + this.windowMs : nowMs;
    this.currentMs = 0;
  }
}
