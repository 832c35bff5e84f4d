/**
 * NestJS applications in tests, without a server. Nothing here belongs in an application. Needs `@nestjs/testing`.
 *
 * @module nestjs-redis-infra/testing/nest
 */

export { overrideRedis } from './testing/nest/override-redis.js';
export { RedisTestingModule, type RedisTestingModuleOptions } from './testing/nest/redis-testing.module.js';
export { TestClock } from './testing/nest/test-clock.js';
export type { RedisTestingOptions } from './testing/nest/test-providers.js';
export type { Clock } from './common/clock.js';
