import type { Environment } from '../../../common/time/environment.js';

/** The part of the time in which a cleanup uses the server. */
const DUTY = 0.25;
/** The longest pause after one step. */
const MAX_PAUSE_MS = 1000;
/** A step is slow if it takes this many times as long as usual, and at least this much longer. */
const SLOW_FACTOR = 3;
const SLOW_MS = 2;
const MAX_BACK_OFF = 32;
/** The weight of a new step in the usual time. It falls at once, because the least loaded moments count. */
const SMOOTHING = 0.05;

/** Spreads the steps of a cleanup: after each it pauses three times as long, and longer while the server is slower than usual. */
export class Pacer {
  private usualMs: number | undefined = undefined;
  private backOff = 1;

  constructor(private readonly environment: Environment) {}

  /** Returns how long to pause after a step that took `tookMs`. */
  pauseAfter(tookMs: number): number {
    const usualMs = (this.usualMs ??= tookMs);
    const isSlow = tookMs > usualMs * SLOW_FACTOR && tookMs > usualMs + SLOW_MS;
    this.backOff = isSlow ? Math.min(MAX_BACK_OFF, this.backOff * 2) : Math.max(1, this.backOff / 2);
    this.usualMs = Math.min(tookMs, usualMs + (tookMs - usualMs) * SMOOTHING);
    return Math.min(MAX_PAUSE_MS, (tookMs / DUTY - tookMs) * this.backOff);
  }

  /** Resolves after `ms`, or when `signal` is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.environment.timers.afterInBackground(ms, end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }
}
