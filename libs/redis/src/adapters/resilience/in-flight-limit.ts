/** With this share of the limit a node begins that has just come back. */
const INITIAL_SHARE = 0.1;

/** How many commands may be under way to one node. After an outage it grows, so that those who waited do not all come at once. */
export class InFlightLimit {
  /** What holds now, as far as was asked: less than the most only while it grows. */
  current: number;
  private sinceMs = 0;

  constructor(
    private readonly max: number,
    private readonly rampUpMs: number,
  ) {
    this.current = max;
  }

  /** The node has come back at that moment. */
  restart(nowMs: number): void {
    this.sinceMs = nowMs;
    this.current = this.at(nowMs);
  }

  /** Whether one more may go out beside those under way. */
  allows(inFlight: number, nowMs: number): boolean {
    if (this.current < this.max) this.current = this.at(nowMs);
    return inFlight < this.current;
  }

  private at(nowMs: number): number {
    const share =
      this.rampUpMs === 0 ? 1 : INITIAL_SHARE + (1 - INITIAL_SHARE) * ((nowMs - this.sinceMs) / this.rampUpMs);
    return Math.max(1, Math.floor(this.max * Math.min(1, share)));
  }
}
