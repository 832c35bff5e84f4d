import { systemClock, type Clock } from '../../common/clock.js';
import { durationMs, type Duration } from '../../common/duration.js';

/** A clock that stands still until the test moves it. */
export class TestClock implements Clock {
  private nowMs: number;

  /** @param now the time at first. @default the time of the system */
  constructor(now: Date = new Date(systemClock.wallMs())) {
    this.nowMs = now.getTime();
  }

  readonly monotonicMs = (): number => this.nowMs;
  readonly wallMs = (): number => this.nowMs;

  /**
   * Moves the time forward. Expiries, stale windows and rate limits see it at their next use: no timer fires. A load
   * during which the clock advances by more than 5 s loses its lease: its callers get the value, but it is not stored.
   * @throws RedisInfraError OPTION_INVALID
   */
  advance(duration: Duration): void {
    this.nowMs += durationMs(duration, 'duration');
  }
}
