import { Module, type DynamicModule } from '@nestjs/common';
import type { RedisModuleExtras, RedisModuleOptions } from '../../nest/redis-module.options.js';
import { RedisModule } from '../../nest/redis.module.js';
import { testProviders, type RedisTestingOptions } from './test-providers.js';

/** Options of `RedisTestingModule.forRoot`. */
export type RedisTestingModuleOptions = Omit<RedisModuleOptions, 'connection' | 'failFast'> &
  RedisModuleExtras &
  RedisTestingOptions;

/**
 * `RedisModule` on the embedded store, for tests of a part of an application: no server, no connection, no timer. Each
 * registration has its own data. Use `overrideRedis` for tests of a whole application.
 *
 * @example
 * Test.createTestingModule({ imports: [RedisTestingModule.forRoot()], providers: [CitiesService] })
 */
@Module({})
export class RedisTestingModule {
  /** @throws RedisInfraError OPTION_INVALID */
  static forRoot(options: RedisTestingModuleOptions = {}): DynamicModule {
    const { clock, ...rest } = options;
    const definition = RedisModule.forRoot(rest.shards === undefined ? { ...rest, connection: 'memory://' } : rest);
    return {
      ...definition,
      module: RedisTestingModule,
      // Of two providers of one token, Nest takes the last.
      providers: [...(definition.providers ?? []), ...testProviders({ clock, name: rest.name })],
    };
  }
}
