import type { Expirable } from './deadline-queue.js';

/** A command that waits to be sent again, on the one timer that deadlines have. */
export class RetryWait implements Expirable {
  previous: Expirable | undefined = undefined;
  next: Expirable | undefined = undefined;
  list: Expirable['list'] = undefined;
  dueMs = 0;

  constructor(readonly expire: () => void) {}
}
