import type { Clock } from '../../../common/clock.js';

/** The time of the server, as its last reply showed it. */
export class ServerTime {
  private last: { readonly serverMs: number; readonly ourMs: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** The server time now, in milliseconds since 1970. Before any reply it is the wall clock of this process. */
  get nowMs(): number {
    const { last, clock } = this;
    return last === undefined ? clock.wallMs() : last.serverMs + (clock.monotonicMs() - last.ourMs);
  }

  /** A reply had this server time. */
  learn(serverMs: number): void {
    this.last = { serverMs, ourMs: this.clock.monotonicMs() };
  }
}
