import { systemClock, type Clock } from '../common/clock.js';

const FIRST_MS = 50;
const MAX_DELAY_MS = 1000;
const MIN_READONLY_INTERVAL_MS = 1000;

/**
 * The delay before an attempt to connect, in milliseconds: random, between 50 ms and a bound that doubles up to 1 s, so
 * that many processes do not reconnect at the same time. It never gives up.
 * @param attempt the number of the attempt, from 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(MAX_DELAY_MS, FIRST_MS * 2 ** attempt);
  return Math.round(FIRST_MS + random() * (bound - FIRST_MS));
}

/**
 * Reconnects after the reply READONLY, because a server that is no longer a master sends it, and a new connection finds
 * the new master. At most once a second, so that a burst of writes closes only one connection. Never returns 2, with
 * which ioredis sends the command again.
 */
export function reconnectOnReadonly(clock: Clock = systemClock): (error: Error) => false | 1 {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!error.message.startsWith('READONLY')) return false;
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < MIN_READONLY_INTERVAL_MS) return false;
    lastMs = nowMs;
    return 1;
  };
}
