/** Bounds of the offset between the server clock and the local monotonic clock. */
interface Offset {
  readonly minUs: number;
  readonly maxUs: number;
}

/**
 * Estimates the server clock. The server reads its clock after we send the request and before the reply arrives, so
 * each reply bounds the offset, and several replies narrow the bounds. A reply outside the bounds means that a clock
 * was set or that the server is another one; then only the newest reply counts.
 */
export class ServerClock {
  private offset: Offset | undefined;

  /** @param serverUs the server clock, read between `sentMs` and `receivedMs` on our clock */
  learn(serverUs: number, sentMs: number, receivedMs: number): void {
    const seen = { minUs: serverUs - receivedMs * 1000, maxUs: serverUs - sentMs * 1000 };
    const { minUs, maxUs } = this.offset ?? seen;
    const both = { minUs: Math.max(minUs, seen.minUs), maxUs: Math.min(maxUs, seen.maxUs) };
    this.offset = both.minUs <= both.maxUs ? both : seen;
  }

  /** Drops the bounds, because another server may answer next. */
  forget(): void {
    this.offset = undefined;
  }

  /** Lower bound of the server clock at `momentMs`, in microseconds; undefined before the first reply. */
  earliestUs(momentMs: number): number | undefined {
    return this.offset === undefined ? undefined : Math.floor(momentMs * 1000 + this.offset.minUs);
  }
}
