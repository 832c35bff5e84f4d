import { Module, type DynamicModule } from '@nestjs/common';
import {
  checkAsyncOptions,
  checkRegistration,
  type RedisModuleAsyncOptions,
  type RedisModuleExtras,
  type RedisModuleOptions,
} from './redis-module.options.js';
import { ConfigurableModuleClass } from './redis.module-definition.js';

/**
 * Makes `RedisAdapter`, `CacheService` and `RateLimiter` injectable, everywhere in the application unless `isGlobal: false`. The
 * application starts, answers and stops without Redis; with no connection configured it uses the embedded store.
 *
 * @example
 * @Module({ imports: [RedisModule.forRoot({ connection: process.env.REDIS_URL })] })
 * export class AppModule {}
 */
@Module({})
export class RedisModule extends ConfigurableModuleClass {
  /** Bad options fail when the application starts, with OPTION_INVALID and the option's path. @throws RedisInfraError OPTION_INVALID for what is no plain object */
  static override forRoot(options: RedisModuleOptions & RedisModuleExtras = {}): DynamicModule {
    checkRegistration(options);
    return super.forRoot(options);
  }

  /** The same, with options from a factory. @throws RedisInfraError OPTION_INVALID without exactly one of useFactory, useClass and useExisting */
  static override forRootAsync(options: RedisModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options);
    return super.forRootAsync(options);
  }
}
