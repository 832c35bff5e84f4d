import type { InjectionToken, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { durationMs, type Duration } from '../common/duration.js';
import { checkBoolean, checkOptions, isPlainObject, optionInvalid } from '../common/options.js';
import type { CodecOptions } from '../domain/codec/codec.options.js';
import { toRedisConfig, type RedisConnection } from '../config/redis-connection.js';
import type { RedisConfig } from '../config/redis.config.js';
import type { ResilienceOptions } from '../adapters/resilience/resilience-options.js';
import type { FallbackOptions } from '../service/fallback/fallback-options.js';
import { checkCleanupOptions, type CleanupOptions } from '../service/cleanup/cleanup-options.js';
import type { CacheOptions } from '../service/cache/options/cache-options.js';
import type { ShardOptions } from '../service/sharded/shards/shard-options.js';
import { resolveShardSource, type ShardingOptions, type ShardSource } from './sharding/sharding-options.js';
import {
  resolveRateLimitOptions,
  type RateLimitOptions,
  type ResolvedRateLimitOptions,
} from './rate-limit/policies/rate-limit.options.js';

/** The options of an instance: of `RedisModule.forRoot()`, or returned by the factory of `forRootAsync()`. */
export interface RedisModuleOptions {
  /**
   * A URL, connection options or a `RedisConfig`.
   * @default the variables `REDIS_URL`…; if none is set, the embedded store
   */
  readonly connection?: RedisConnection | undefined;
  /**
   * Several independent servers instead of `connection`: the injected `ShardedCache`, on which the `CacheService` and the
   * `RateLimiter` work. There is no `RedisAdapter` then, and the environment is not read.
   * @default none: one connection
   */
  readonly shards?: readonly ShardOptions[] | undefined;
  /** How keys are placed on the shards, and what is answered while a shard is unavailable. Only with `shards`. */
  readonly sharding?: ShardingOptions | undefined;
  /** Text in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** How values are encoded: types, compression, encryption. @default JSON */
  readonly codec?: CodecOptions | undefined;
  /** Deadlines, queueing, retries and circuit breaker of the connection. */
  readonly resilience?: ResilienceOptions | undefined;
  /** Defaults of the injected `CacheService`. */
  readonly cache?: CacheOptions | undefined;
  /**
   * What the injected `CacheService` does while Redis is unavailable; `false` turns the fallback off. Each shard has a
   * fallback of its own.
   * @default the defaults of `FallbackOptions`
   */
  readonly fallback?: FallbackOptions | false | undefined;
  /** Options of the injected `RateLimiter` and of `RateLimitGuard`. */
  readonly rateLimit?: RateLimitOptions | undefined;
  /**
   * Removes what Redis keeps without need, on a schedule and by the injected `CleanupService`. Needs a `keyPrefix`, or
   * `wholeDatabase: true`.
   * @default false
   */
  readonly cleanup?: CleanupOptions | false | undefined;
  /** Whether a failed connection fails the start of the application. @default false */
  readonly failFast?: boolean | undefined;
  /** Maximum time for closing the connections, after HTTP has drained. At most 1 min. @default '5s' */
  readonly shutdownTimeout?: Duration | undefined;
}

/** Options of the registration itself. A factory must not return them. */
export interface RedisModuleExtras {
  /**
   * Registers a further, independent instance: inject it with `@InjectRedis(name)`, `@InjectShardedCache(name)`,
   * `@InjectCache(name)` and `@InjectRateLimiter(name)`. 1 to 64 characters of `[\w.-]`.
   * @default the instance that is injected by class
   */
  readonly name?: string | undefined;
  /** False: only modules that import this module see its providers. @default true */
  readonly isGlobal?: boolean | undefined;
  /** Additional providers of this module, for the factory to inject. */
  readonly extraProviders?: Provider[] | undefined;
}

/** The class for `useClass` and `useExisting` of `RedisModule.forRootAsync()`. */
export interface RedisOptionsFactory {
  /** Returns the options. Called once, when the application starts. */
  createRedisOptions(): RedisModuleOptions | Promise<RedisModuleOptions>;
}

/** What all forms of `RedisModule.forRootAsync()` take. */
export interface RedisModuleRegistration extends Pick<ModuleMetadata, 'imports'>, RedisModuleExtras {
  /** Tokens of the arguments of `useFactory`. */
  readonly inject?: (InjectionToken | { token: InjectionToken; optional: boolean })[] | undefined;
}

/** A registration whose options a function returns. */
export interface RedisModuleFactory extends RedisModuleRegistration {
  /** Returns the options. */
  // The argument types follow from `inject`, which TypeScript cannot infer.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...args: any[]) => RedisModuleOptions | Promise<RedisModuleOptions>;
  /** Not together with `useFactory`. */
  readonly useClass?: undefined;
  /** Not together with `useFactory`. */
  readonly useExisting?: undefined;
}

/** A registration whose options an object of a class returns. */
export interface RedisModuleClass extends RedisModuleRegistration {
  /** A class that this module instantiates and calls for its options. */
  readonly useClass: Type<RedisOptionsFactory>;
  /** Not together with `useClass`. */
  readonly useFactory?: undefined;
  /** Not together with `useClass`. */
  readonly useExisting?: undefined;
}

/** A registration whose options an existing provider returns. */
export interface RedisModuleExisting extends RedisModuleRegistration {
  /** A provider of one of the `imports`, called for its options. */
  readonly useExisting: Type<RedisOptionsFactory>;
  /** Not together with `useExisting`. */
  readonly useFactory?: undefined;
  /** Not together with `useExisting`. */
  readonly useClass?: undefined;
}

/** The options of `RedisModule.forRootAsync()`: exactly one of `useFactory`, `useClass` and `useExisting`. */
export type RedisModuleAsyncOptions = RedisModuleFactory | RedisModuleClass | RedisModuleExisting;

export interface ResolvedModuleOptions extends Pick<
  RedisModuleOptions,
  'keyPrefix' | 'codec' | 'resilience' | 'cache' | 'fallback'
> {
  /** The one connection; undefined for an instance with shards. */
  readonly config: RedisConfig | undefined;
  /** The shards; undefined for an instance with one connection. */
  readonly sharded: ShardSource | undefined;
  readonly rateLimit: ResolvedRateLimitOptions;
  /** The checked options of the cleanup; undefined without one. */
  readonly cleanup: CleanupOptions | undefined;
  /** Neither the options nor the environment configure a connection: the embedded store is used. */
  readonly unconfigured: boolean;
  readonly failFast: boolean;
  readonly shutdownTimeoutMs: number;
}

export const MODULE_DEFAULTS = { failFast: false, shutdownTimeout: '5s' } as const satisfies RedisModuleOptions;

const OPTION_NAMES = [
  'connection',
  'shards',
  'sharding',
  'keyPrefix',
  'codec',
  'resilience',
  'cache',
  'fallback',
  'rateLimit',
  'cleanup',
  'failFast',
  'shutdownTimeout',
];
const EXTRAS = ['name', 'isGlobal', 'extraProviders'];
const ASYNC = [...EXTRAS, 'imports', 'inject', 'useFactory', 'useClass', 'useExisting', 'provideInjectionTokensFrom'];
const MAX_SHUTDOWN_MS = 60_000;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveModuleOptions(options: RedisModuleOptions): ResolvedModuleOptions {
  for (const name of EXTRAS) {
    if (Object.hasOwn(options ?? {}, name))
      throw optionInvalid(name, 'must not be returned by the factory: pass it to forRootAsync() itself');
  }
  checkOptions(options, OPTION_NAMES, '');
  const { connection, keyPrefix, codec, resilience, cache, fallback } = options;
  const sharded = resolveShardSource(options);
  const config = sharded === undefined ? toRedisConfig(connection, 'connection') : undefined;
  return Object.freeze({
    config,
    sharded,
    unconfigured: config?.mode === 'memory' && (connection === undefined || connection === ''),
    keyPrefix,
    codec,
    resilience,
    cache,
    fallback,
    rateLimit: resolveRateLimitOptions(options.rateLimit ?? {}, 'rateLimit'),
    cleanup: cleanupOf(options.cleanup),
    failFast: checkBoolean(options.failFast ?? MODULE_DEFAULTS.failFast, 'failFast'),
    shutdownTimeoutMs: durationMs(options.shutdownTimeout ?? MODULE_DEFAULTS.shutdownTimeout, 'shutdownTimeout', {
      maxMs: MAX_SHUTDOWN_MS,
    }),
  });
}

function cleanupOf(options: unknown): CleanupOptions | undefined {
  if (options === undefined || options === false) return undefined;
  checkCleanupOptions(options, 'cleanup');
  return options;
}

/**
 * Runs before Nest copies the members of `options`: a copy of a string or a Date would look like an object.
 * @throws RedisInfraError OPTION_INVALID unless `options` is a plain object
 */
export function checkRegistration(options: unknown): void {
  if (typeof options === 'string')
    throw optionInvalid('forRoot', "must be a plain object of options; to pass a url, use { connection: 'redis://…' }");
  if (!isPlainObject(options)) throw optionInvalid('forRoot', 'must be a plain object of options');
}

/** @throws RedisInfraError OPTION_INVALID unless exactly one of `useFactory`, `useClass` and `useExisting` is set */
export function checkAsyncOptions(options: RedisModuleAsyncOptions): void {
  checkOptions(options, ASYNC, 'forRootAsync');
  const sources = [options.useFactory, options.useClass, options.useExisting].filter((source) => source !== undefined);
  if (sources.length !== 1)
    throw optionInvalid('forRootAsync', 'needs exactly one of useFactory, useClass and useExisting');
}

/** Does not check `name`: the token functions do. @throws RedisInfraError OPTION_INVALID */
export function checkExtras({ isGlobal, extraProviders }: RedisModuleExtras): void {
  if (isGlobal !== undefined) checkBoolean(isGlobal, 'isGlobal');
  if (extraProviders !== undefined && !Array.isArray(extraProviders))
    throw optionInvalid('extraProviders', 'must be an array of providers');
}
