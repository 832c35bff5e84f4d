/**
 * Detects that calls arrive one at a time. A busy period lasts from the first request in flight until none is. When the
 * last one had a single call, another call of the same tick is unlikely, so a batcher sends the next call immediately:
 * waiting for the end of the tick would only add latency.
 */
export class IdleDetector {
  private inFlight = 0;
  /** Calls of the current busy period, and of the one before. */
  private calls = 0;
  private lastCalls = 0;

  /** Nothing is in flight, and the last busy period had a single call. */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.lastCalls <= 1;
  }

  /** Counts calls that were added to a request. */
  onCalls(calls = 1): void {
    this.calls += calls;
  }

  /** A request was sent. */
  onSent(): void {
    this.inFlight++;
  }

  /**
   * A request was answered, or failed.
   * @param queued calls that are counted already and belong to the next busy period, because their request is not sent
   * yet
   */
  onSettled(queued = 0): void {
    if (--this.inFlight > 0) return;
    this.lastCalls = this.calls;
    this.calls = queued;
  }
}
