import type { InjectionToken, ModuleMetadata } from '@nestjs/common';
import { checkOptions } from '../../common/options.js';
import { HEALTH_OPTIONS, resolveHealthOptions, type HealthOptions } from '../../service/health/health-options.js';

/** The options of `RedisHealthModule.forRoot()`. */
export interface RedisHealthModuleOptions extends HealthOptions {
  /**
   * The `name` of the `RedisModule` registration to check: its indicator is injected with `@InjectRedisHealth(instance)`.
   * @default the instance without a name, whose indicator is injected by class
   */
  readonly instance?: string | undefined;
}

/** The options of `RedisHealthModule.forRootAsync()`. */
export interface RedisHealthModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>, Pick<RedisHealthModuleOptions, 'instance'> {
  /** Returns the options, without `instance`. */
  // The argument types follow from `inject`, which TypeScript cannot infer.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...args: any[]) => HealthOptions | Promise<HealthOptions>;
  /** Tokens of the arguments of `useFactory`. */
  readonly inject?: (InjectionToken | { token: InjectionToken; optional: boolean })[] | undefined;
}

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkHealthModuleOptions(options: RedisHealthModuleOptions): HealthOptions {
  checkOptions(options, ['instance', ...HEALTH_OPTIONS], '');
  const { instance: _, ...health } = options;
  resolveHealthOptions(health);
  return health;
}

/** @throws RedisInfraError OPTION_INVALID with the option's path */
export function checkHealthModuleAsyncOptions(options: RedisHealthModuleAsyncOptions): void {
  checkOptions(options, ['instance', 'imports', 'inject', 'useFactory'], 'forRootAsync');
}
