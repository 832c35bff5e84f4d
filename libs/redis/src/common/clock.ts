/** The source of time. Tests inject their own. */
export interface Clock {
  /** Milliseconds of a monotonic clock, for intervals and deadlines. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970, for times that are displayed or stored. */
  readonly wallMs: () => number;
}

/** The clock of the system. It reads the global `performance`, because fake timers of tests replace that. */
export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Returns a Unix time in milliseconds that is not affected by steps of the wall clock: it reads the wall clock once,
 * now, and then adds the monotonic clock. Use it to count over time in this process when the calendar matters.
 */
export function steadyTime(clock: Clock): () => number {
  const startMs = clock.wallMs() - clock.monotonicMs();
  return () => startMs + clock.monotonicMs();
}

/**
 * When this process started, in milliseconds since 1970, the same in all its threads. It distinguishes the process from
 * an earlier one with the same id.
 */
export const processStartedMs = performance.timeOrigin;
