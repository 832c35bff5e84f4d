/** Where the time comes from; tests give one of their own. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward: for spans and deadlines. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970: for what is shown to people. */
  readonly wallMs: () => number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Unix time in milliseconds that no step of the wall clock moves: the wall clock is read once, now, and the monotonic clock from then on.
 * For what is counted over time in this process, and still has to know about which day it is.
 */
export function steadyTime(clock: Clock): () => number {
  const startMs = clock.wallMs() - clock.monotonicMs();
  return () => startMs + clock.monotonicMs();
}
