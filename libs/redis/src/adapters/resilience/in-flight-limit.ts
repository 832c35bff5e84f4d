/** The share of the limit at the start of the ramp-up. */
const INITIAL_SHARE = 0.1;

/**
 * The maximum number of commands in flight to one node. After an outage it grows (ramp-up), so that waiting calls do
 * not all start together.
 */
export class InFlightLimit {
  /** The limit at the last check. It is less than the maximum only during the ramp-up. */
  current: number;
  private sinceMs = 0;

  constructor(
    private readonly max: number,
    private readonly rampUpMs: number,
  ) {
    this.current = max;
  }

  /** Starts the ramp-up. `nowMs` is monotonic. */
  restart(nowMs: number): void {
    this.sinceMs = nowMs;
    this.current = this.at(nowMs);
  }

  /** Whether another command may be sent while `inFlight` commands are in flight. */
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
