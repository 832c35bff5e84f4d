import type { Redis } from 'ioredis';

/**
 * Destroys a socket on which nothing at all arrives after it connected: ioredis times the connecting only, and would wait for
 * ever for the greeting of something that accepts and stays silent. A server that is loading answers, so it is left alone.
 */
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
    super('the server accepted the connection and said nothing');
  }
}
