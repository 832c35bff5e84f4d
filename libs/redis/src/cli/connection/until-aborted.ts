import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs, type Duration } from '../../common/duration.js';

export interface WaitLimits {
  readonly timeout: Duration;
  readonly signal: AbortSignal;
  /** The error after the timeout. */
  readonly late: Error;
}

/** Waits for a promise. Rejects with `late` after the timeout, and with the reason of the signal when it aborts. */
export async function untilAborted<T>(promise: Promise<T>, { timeout, signal, late }: WaitLimits): Promise<T> {
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  const timer = sleep(durationMs(timeout, 'timeout'), undefined, { signal: both }).then(() => {
    throw late;
  });
  // The promise may reject after the timeout, and the timer after the promise.
  promise.catch(() => {});
  timer.catch(() => {});
  try {
    return await Promise.race([promise, timer]);
  } finally {
    end.abort();
  }
}
