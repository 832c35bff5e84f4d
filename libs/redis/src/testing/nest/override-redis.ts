import type { TestingModuleBuilder } from '@nestjs/testing';
import { checkOptions } from '../../common/options.js';
import { testProviders, type RedisTestingOptions } from './test-providers.js';

/**
 * Replaces the Redis of an application by the embedded store: no server, no connection, no timer. The key prefix, the
 * codec and all other options of the application stay. Each application has its own data.
 *
 * @returns the same builder
 * @throws RedisInfraError OPTION_INVALID
 * @example
 * const clock = new TestClock();
 * const testing = await overrideRedis(Test.createTestingModule({ imports: [AppModule] }), { clock }).compile();
 */
export function overrideRedis(builder: TestingModuleBuilder, options: RedisTestingOptions = {}): TestingModuleBuilder {
  checkOptions(options, ['clock', 'name'], '');
  for (const { provide, useFactory, inject } of testProviders(options)) {
    builder.overrideProvider(provide).useFactory({ factory: useFactory, inject });
  }
  return builder;
}
