/**
 * For how many of the last so many milliseconds something went on. It keeps two windows, and the older one counts for the part of it
 * that is not too old yet: that is exact enough for a comparison with half a window, and O(1).
 */
export class RecentDuration {
  private currentMs = 0;
  private previousMs = 0;
  private beganMs = -Infinity;

  constructor(private readonly windowMs: number) {}

  /** It went on for so long until that (monotonic) moment. */
  add(ms: number, nowMs: number): void {
    this.advance(nowMs);
    this.currentMs = Math.min(this.windowMs, this.currentMs + ms);
  }

  /** At most the window, at that (monotonic) moment. */
  at(nowMs: number): number {
    this.advance(nowMs);
    const share = 1 - (nowMs - this.beganMs) / this.windowMs;
    return Math.min(this.windowMs, this.currentMs + share * this.previousMs);
  }

  private advance(nowMs: number): void {
    const ageMs = nowMs - this.beganMs;
    if (ageMs < this.windowMs) return;
    const isNext = ageMs < 2 * this.windowMs;
    this.previousMs = isNext ? this.currentMs : 0;
    this.beganMs = isNext ? this.beganMs + this.windowMs : nowMs;
    this.currentMs = 0;
  }
}
