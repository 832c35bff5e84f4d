import type { Redis } from 'ioredis';

/**
 * Goes on with the back-off of a client that ioredis takes for ready and that is found to be unusable after that: ioredis counts its
 * attempts from 0 then (`retryAttempts`, private), and would connect about ten times a second.
 */
export function keepBackOff(redis: Redis, attempts: number): void {
  Reflect.set(redis, 'retryAttempts', attempts);
}
