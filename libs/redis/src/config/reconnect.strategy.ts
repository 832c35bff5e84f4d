import { systemClock, type Clock } from '../common/clock.js';

const FIRST_MS = 50;
const MAX_DELAY_MS = 1000;
const READONLY_PAUSE_MS = 1000;

/**
 * How long to wait before attempt `attempt` (from 1): at random between 50 ms and a bound that doubles up to 1 s, so that a fleet
 * does not come back in step. Never gives up.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(MAX_DELAY_MS, FIRST_MS * 2 ** attempt);
  return Math.round(FIRST_MS + random() * (bound - FIRST_MS));
}

/**
 * A server that answers READONLY was a master and is none any more: connecting anew finds the new one. At most once a second,
 * or every write of a burst would end the connection again. Never 2, which sends the refused command a second time.
 */
export function reconnectOnReadonly(clock: Clock = systemClock): (error: Error) => false | 1 {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!error.message.startsWith('READONLY')) return false;
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < READONLY_PAUSE_MS) return false;
    lastMs = nowMs;
    return 1;
  };
}
