import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import type { HealthOptions } from '../../service/health/health-options.js';
import { RedisHealthIndicator } from './redis-health.indicator.js';
import {
  checkHealthModuleAsyncOptions,
  checkHealthModuleOptions,
  type RedisHealthModuleAsyncOptions,
  type RedisHealthModuleOptions,
} from './redis-health.options.js';
import { getRedisHealthToken } from './redis-health.tokens.js';

/** The options of a registration. Each dynamic module has its own. */
const HEALTH = Symbol('nestjs-redis-infra:health-options');

/**
 * Provides `RedisHealthIndicator` to the module that imports it.
 *
 * @example
 * @Module({ imports: [TerminusModule, RedisHealthModule.forRoot({ required: true })], controllers: [HealthController] })
 * export class HealthModule {}
 */
@Module({})
export class RedisHealthModule {
  /**
   * Registers the indicator of one instance of `RedisModule`. Import it once for each instance.
   *
   * @throws RedisInfraError OPTION_INVALID with the option's path
   */
  static forRoot(options: RedisHealthModuleOptions = {}): DynamicModule {
    const health = checkHealthModuleOptions(options);
    return define(options.instance, { provide: HEALTH, useFactory: () => health });
  }

  /**
   * Registers the indicator with options that a factory returns, for example one that injects `ConfigService`.
   *
   * @throws RedisInfraError OPTION_INVALID with the option's path
   */
  static forRootAsync(options: RedisHealthModuleAsyncOptions): DynamicModule {
    checkHealthModuleAsyncOptions(options);
    const { imports = [], inject = [], instance, useFactory } = options;
    return define(instance, { provide: HEALTH, useFactory, inject }, imports);
  }
}

function define(
  instance: string | undefined,
  options: FactoryProvider<HealthOptions>,
  imports: DynamicModule['imports'] = [],
): DynamicModule {
  const token = getRedisHealthToken(instance);
  return {
    module: RedisHealthModule,
    imports: [TerminusModule, ...imports],
    providers: [
      options,
      {
        provide: token,
        inject: [HEALTH, HealthIndicatorService, ModuleRef],
        useFactory: (given: HealthOptions, service: HealthIndicatorService, moduleRef: ModuleRef) =>
          new RedisHealthIndicator({ instance, options: given, service, moduleRef }),
      },
    ],
    exports: [token],
  };
}
