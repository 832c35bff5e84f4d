/** The source of timers. Tests inject their own. The returned functions cancel the timer. */
export interface Timers {
  /** Runs `work` once after `ms` milliseconds. Keeps the process alive until then. */
  readonly after: (ms: number, work: () => void) => () => void;
  /** Like `after`, but does not keep the process alive. */
  readonly afterInBackground: (ms: number, work: () => void) => () => void;
}

/** The timers of the event loop. */
export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  afterInBackground: (ms, work) => {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
