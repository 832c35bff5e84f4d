import { outsideRequests } from '../../common/async-context.js';

/** Runs functions after a delay. Tests inject their own. */
export interface Scheduler {
  /** Runs a function after `delayMs` milliseconds. @returns a function that cancels it */
  after(delayMs: number, run: () => void): () => void;
}

/** Timers of Node.js that do not keep the process alive and run outside the async context of any request. */
export const systemScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = outsideRequests(() => setTimeout(run, delayMs)).unref();
    return () => clearTimeout(timer);
  },
};
