import type { Expirable } from './deadline-queue.js';

/** The delay before another attempt, on the timer of the deadlines. */
export class RetryWait implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  constructor(readonly expire: () => void) {}
}
