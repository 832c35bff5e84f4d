import { outsideRequests } from '../../common/async-context.js';

/** Timers for what happens later; tests give one of their own. */
export interface Scheduler {
  /** Runs after so many milliseconds; the function it returns prevents that. */
  after(delayMs: number, run: () => void): () => void;
}

/** Timers of Node.js that do not keep the process alive, and belong to no request. */
export const systemScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = outsideRequests(() => setTimeout(run, delayMs)).unref();
    return () => clearTimeout(timer);
  },
};
