/**
 * Seam: `redis.retryAttempts` (private), the number of attempts from which ioredis computes the next delay.
 * Why: ioredis sets it to 0 at `ready`. Where we find such a connection unusable, ioredis would connect about ten times
 * a second.
 * Upstream: ioredis `lib/redis/event_handler.ts` (`readyHandler`).
 */
import type { Redis } from 'ioredis';

/** Makes the back-off of a client continue after `attempts` attempts. */
export function keepBackOff(redis: Redis, attempts: number): void {
  Reflect.set(redis, 'retryAttempts', attempts);
}
