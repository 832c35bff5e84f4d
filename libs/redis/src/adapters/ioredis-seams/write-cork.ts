import type { Redis } from 'ioredis';
import type { TickScheduler } from '../wire/tick-scheduler.js';

/**
 * Gathers the writes of one turn into one system call: the first corks the socket, the end of the turn uncorks it. Order,
 * replies and errors stay as they are. A lone command is written at once; a stream that cannot be corked is left alone.
 * @see https://nodejs.org/api/stream.html#writablecork
 */
export function corkWrites(redis: Redis, turn: TickScheduler): void {
  redis.on('connect', () => corkStream(redis.stream, turn));
}

function corkStream(stream: Redis['stream'], turn: TickScheduler): void {
  if (typeof stream.cork !== 'function') return;
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    stream.uncork();
  };
  stream.write = (...args: unknown[]): boolean => {
    if (!corked && !turn.writesImmediately) {
      corked = true;
      stream.cork();
      turn.afterWrites(uncork);
    }
    return write(...args);
  };
}
