import type { InjectionToken, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { durationMs, type Duration } from '../common/duration.js';
import { checkBoolean, checkOptions, isPlainObject, optionInvalid } from '../common/options.js';
import type { CodecOptions } from '../domain/codec/codec.options.js';
import { toRedisConfig, type RedisConnection } from '../config/redis-connection.js';
import type { RedisConfig } from '../config/redis.config.js';
import type { ResilienceOptions } from '../adapters/resilience/resilience-options.js';
import type { CacheOptions } from '../service/cache/cache-options.js';
import {
  resolveRateLimitOptions,
  type RateLimitOptions,
  type ResolvedRateLimitOptions,
} from './rate-limit/policies/rate-limit.options.js';

/** Options of `RedisModule.forRoot`. */
export interface RedisModuleOptions {
  /** A url, options or a `RedisConfig`. @default the environment's (`REDIS_URL`…), and with nothing there the embedded store */
  readonly connection?: RedisConnection | undefined;
  /** Put in front of every key. @default '' */
  readonly keyPrefix?: string | undefined;
  /** How values are written: types, compression, encryption. @default JSON */
  readonly codec?: CodecOptions | undefined;
  /** Deadline, retries, circuit breaker and queue limits of every call. */
  readonly resilience?: ResilienceOptions | undefined;
  /** What the injected `CacheService` does by default. */
  readonly cache?: CacheOptions | undefined;
  /** What the injected `RateLimiter` and `RateLimitGuard` do. */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** True: the application does not start without Redis. @default false */
  readonly failFast?: boolean | undefined;
  /** How long closing the connections may take, after HTTP has drained. At most 1 min. @default '5s' */
  readonly shutdownTimeout?: Duration | undefined;
}

/** What belongs to a registration, and not to what a factory returns. */
export interface RedisModuleExtras {
  /** Makes a second, independent instance, injected with `@InjectRedis(name)` and the like. `[\w.-]`, 1 to 64 characters. @default the instance injected by class */
  readonly name?: string | undefined;
  /** False: only modules that import this one see its providers. @default true */
  readonly isGlobal?: boolean | undefined;
  /** More providers of this module, for what the factory injects. */
  readonly extraProviders?: Provider[] | undefined;
}

/** A class that returns the options of `RedisModule.forRootAsync`. */
export interface RedisOptionsFactory {
  /** Returns the options. Called once, when the module starts. */
  createRedisOptions(): RedisModuleOptions | Promise<RedisModuleOptions>;
}

interface AsyncRegistration extends Pick<ModuleMetadata, 'imports'>, RedisModuleExtras {
  /** What `useFactory` takes. */
  readonly inject?: (InjectionToken | { token: InjectionToken; optional: boolean })[] | undefined;
}

interface FromFactory extends AsyncRegistration {
  /** Returns the options. */
  // The arguments are what `inject` names, which TypeScript cannot see.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...args: any[]) => RedisModuleOptions | Promise<RedisModuleOptions>;
  readonly useClass?: undefined;
  readonly useExisting?: undefined;
}

interface FromClass extends AsyncRegistration {
  /** A class that this module instantiates. */
  readonly useClass: Type<RedisOptionsFactory>;
  readonly useFactory?: undefined;
  readonly useExisting?: undefined;
}

interface FromExisting extends AsyncRegistration {
  /** A provider of one of the `imports`. */
  readonly useExisting: Type<RedisOptionsFactory>;
  readonly useFactory?: undefined;
  readonly useClass?: undefined;
}

/** The registration of a module whose options come from exactly one of `useFactory`, `useClass` and `useExisting`. */
export type RedisModuleAsyncOptions = FromFactory | FromClass | FromExisting;

export interface ResolvedModuleOptions extends Pick<
  RedisModuleOptions,
  'keyPrefix' | 'codec' | 'resilience' | 'cache'
> {
  readonly config: RedisConfig;
  readonly rateLimit: ResolvedRateLimitOptions;
  /** Nothing was configured anywhere, so it is the embedded store. */
  readonly unconfigured: boolean;
  readonly failFast: boolean;
  readonly shutdownTimeoutMs: number;
}

export const MODULE_DEFAULTS = { failFast: false, shutdownTimeout: '5s' } as const satisfies RedisModuleOptions;

const OPTION_NAMES = [
  'connection',
  'keyPrefix',
  'codec',
  'resilience',
  'cache',
  'rateLimit',
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
      throw optionInvalid(name, 'belongs to the registration: give it to forRootAsync(), beside the factory');
  }
  checkOptions(options, OPTION_NAMES, '');
  const { connection, keyPrefix, codec, resilience, cache } = options;
  const config = toRedisConfig(connection, 'connection');
  return Object.freeze({
    config,
    unconfigured: config.mode === 'memory' && (connection === undefined || connection === ''),
    keyPrefix,
    codec,
    resilience,
    cache,
    rateLimit: resolveRateLimitOptions(options.rateLimit ?? {}, 'rateLimit'),
    failFast: checkBoolean(options.failFast ?? MODULE_DEFAULTS.failFast, 'failFast'),
    shutdownTimeoutMs: durationMs(options.shutdownTimeout ?? MODULE_DEFAULTS.shutdownTimeout, 'shutdownTimeout', {
      maxMs: MAX_SHUTDOWN_MS,
    }),
  });
}

/**
 * Nest copies the members of what forRoot() was given, so a string or a Date must be refused before.
 * @throws RedisInfraError OPTION_INVALID unless it is a plain object.
 */
export function checkRegistration(options: unknown): void {
  if (typeof options === 'string')
    throw optionInvalid('forRoot', "must be a plain object of options; for a url: { connection: 'redis://…' }");
  if (!isPlainObject(options)) throw optionInvalid('forRoot', 'must be a plain object of options');
}

/** @throws RedisInfraError OPTION_INVALID unless exactly one source of the options is given. */
export function checkAsyncOptions(options: RedisModuleAsyncOptions): void {
  checkOptions(options, ASYNC, 'forRootAsync');
  const sources = [options.useFactory, options.useClass, options.useExisting].filter((source) => source !== undefined);
  if (sources.length !== 1) throw optionInvalid('forRootAsync', 'needs one of useFactory, useClass and useExisting');
}

/** @throws RedisInfraError OPTION_INVALID; the name is checked where its tokens are made */
export function checkExtras({ isGlobal, extraProviders }: RedisModuleExtras): void {
  if (isGlobal !== undefined) checkBoolean(isGlobal, 'isGlobal');
  if (extraProviders !== undefined && !Array.isArray(extraProviders))
    throw optionInvalid('extraProviders', 'must be an array of providers');
}
