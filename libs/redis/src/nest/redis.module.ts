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
 * Provides `RedisAdapter`, `CacheService`, `RateLimiter` and `RateLimitGuard` to the whole application, or with
 * `isGlobal: false` to the modules that import it. The application starts, responds and stops without Redis. With no
 * connection configured it uses the embedded store.
 *
 * @example
 * @Module({ imports: [RedisModule.forRoot({ connection: process.env.REDIS_URL })] })
 * export class AppModule {}
 */
@Module({})
export class RedisModule extends ConfigurableModuleClass {
  /**
   * Registers an instance with fixed options. They are checked when the application starts: an invalid option fails the
   * start with OPTION_INVALID and the option's path.
   *
   * @throws RedisInfraError OPTION_INVALID when `options` is not a plain object, or `name`, `isGlobal` or
   * `extraProviders` is invalid
   */
  static override forRoot(options: RedisModuleOptions & RedisModuleExtras = {}): DynamicModule {
    checkRegistration(options);
    return super.forRoot(options);
  }

  /**
   * Registers an instance whose options come from a factory, for example one that injects `ConfigService`. `name`,
   * `isGlobal` and `extraProviders` are options of the registration; the factory must not return them.
   *
   * @throws RedisInfraError OPTION_INVALID unless exactly one of `useFactory`, `useClass` and `useExisting` is set
   * @example
   * RedisModule.forRootAsync({ inject: [ConfigService], useFactory: (config: ConfigService) => ({ connection: config.get('REDIS_URL') }) })
   */
  static override forRootAsync(options: RedisModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options);
    return super.forRootAsync(options);
  }
}
