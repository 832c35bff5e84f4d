/** Bounds of what the server's clock is ahead of ours. */
interface Offset {
  readonly minUs: number;
  readonly maxUs: number;
}

/**
 * What the server's clock says when ours says something else. The server read its clock after we sent and before the reply came: each
 * reply bounds the offset, and all together bound it better. A reply that contradicts them shows that a clock was set, or that it is
 * another server's: then only the newest counts.
 */
export class ServerClock {
  private offset: Offset | undefined;

  /** @param serverUs its clock, read between these two moments of ours */
  learn(serverUs: number, sentMs: number, receivedMs: number): void {
    const seen = { minUs: serverUs - receivedMs * 1000, maxUs: serverUs - sentMs * 1000 };
    const { minUs, maxUs } = this.offset ?? seen;
    const both = { minUs: Math.max(minUs, seen.minUs), maxUs: Math.min(maxUs, seen.maxUs) };
    this.offset = both.minUs <= both.maxUs ? both : seen;
  }

  /** It is not known which server answers next. */
  forget(): void {
    this.offset = undefined;
  }

  /** The latest moment of the server's that has surely come no later than this one of ours; undefined before it is known. */
  earliestUs(momentMs: number): number | undefined {
    return this.offset === undefined ? undefined : Math.floor(momentMs * 1000 + this.offset.minUs);
  }
}
