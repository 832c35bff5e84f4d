import type { Clock } from '../../../common/clock.js';

/** The time of the server, as its last reply showed it. */
export class ServerTime {
  /** The server time of the last reply, and our monotonic time of its request; 0 before any reply. */
  private serverMs = 0;
  private ourMs = 0;

  constructor(private readonly clock: Clock) {}

  /** The server time now, in milliseconds since 1970. Before any reply it is the wall clock of this process. */
  get nowMs(): number {
    const { serverMs, ourMs, clock } = this;
    return serverMs === 0 ? clock.wallMs() : serverMs + (clock.monotonicMs() - ourMs);
  }

  /** A reply to a request of the monotonic time `sentMs` had this server time, so the server is at most that far ahead. */
  learn(serverMs: number, sentMs: number): void {
    this.serverMs = serverMs;
    this.ourMs = sentMs;
  }
}
