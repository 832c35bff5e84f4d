/**
 * Health indicators for @nestjs/terminus.
 *
 * @module nestjs-redis-infra/terminus
 */

export { RedisHealthIndicator } from './nest/health/redis-health.indicator.js';
export { RedisHealthModule } from './nest/health/redis-health.module.js';
export type { RedisHealthModuleAsyncOptions, RedisHealthModuleOptions } from './nest/health/redis-health.options.js';
export { getRedisHealthToken, InjectRedisHealth } from './nest/health/redis-health.tokens.js';
