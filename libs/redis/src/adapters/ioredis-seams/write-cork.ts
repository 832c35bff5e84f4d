/**
 * Seam: `redis.stream.write` of each new socket.
 * Why: ioredis writes each command separately, which costs one system call each. Its pipelines would join commands of
 * several callers, and with them their errors.
 * Upstream: ioredis `lib/Redis.ts` (`sendCommand` calls `stream.write`);
 * https://nodejs.org/api/stream.html#writablecork
 */
import type { Redis } from 'ioredis';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import { replaceMethod } from './replace-method.js';

/**
 * Sends the commands of one tick in one system call: the first write corks the socket, the end of the tick uncorks it.
 * Order, replies and errors do not change. A write is not delayed while the scheduler is idle, and a stream without
 * `cork` is not changed.
 */
export function corkWrites(redis: Redis, ticks: TickScheduler): void {
  redis.on('connect', () => corkStream(redis.stream, ticks));
}

function corkStream(stream: Redis['stream'], ticks: TickScheduler): void {
  if (typeof stream.cork !== 'function') return;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    stream.uncork();
  };
  replaceMethod(stream, 'write', (write) => (...args) => {
    if (!corked && !ticks.writesImmediately) {
      corked = true;
      stream.cork();
      ticks.afterWrites(uncork);
    }
    return write(...args);
  });
}
