/** The source of timers. Tests inject their own. */
export interface Timers {
  /**
   * Runs `work` once after `ms` milliseconds. The timer does not keep the process alive. The returned function cancels
   * it.
   */
  readonly after: (ms: number, work: () => void) => () => void;
}

/** The timers of the event loop. */
export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
