/**
 * The cleanup in the scheduler of the application. Needs `@nestjs/schedule`.
 *
 * @module nestjs-redis-infra/schedule
 */

export { RedisScheduleModule, type RedisScheduleOptions } from './nest/schedule/redis-schedule.module.js';
