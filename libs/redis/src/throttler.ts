/**
 * A storage for @nestjs/throttler.
 *
 * @module nestjs-redis-infra/throttler
 */

export { RedisThrottlerStorage, type ThrottlerRecord } from './rate-limiter/throttler/throttler.storage.js';
export type { ThrottlerStorageOptions } from './rate-limiter/throttler/throttler-storage.options.js';
