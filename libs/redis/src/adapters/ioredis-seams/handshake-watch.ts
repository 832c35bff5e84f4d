/**
 * Seam: `redis.stream` after the event `connect`; the socket is destroyed when it receives no byte in time.
 * Why: the `connectTimeout` of ioredis ends when the socket is connected. Without this timer ioredis waits forever for
 * a server that accepts connections and never answers. A server that is loading its data answers, and is not affected.
 * Upstream: ioredis `lib/Redis.ts` (`connect`).
 */
import type { Redis } from 'ioredis';

/** Destroys a socket that receives no byte within `timeoutMs` milliseconds after it is connected. */
export function watchHandshake(redis: Redis, timeoutMs: number): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const timer = setTimeout(() => {
      if ('bytesRead' in stream && stream.bytesRead === 0) stream.destroy(new SilentServerError());
    }, timeoutMs);
    timer.unref();
    stream.once('close', () => clearTimeout(timer));
    stream.once('data', () => clearTimeout(timer));
  });
}

class SilentServerError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('the server accepted the connection and sent no answer');
  }
}
