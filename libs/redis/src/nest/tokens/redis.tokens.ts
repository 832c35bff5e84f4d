import { Inject, type InjectionToken } from '@nestjs/common';
import { checkString, optionInvalid } from '../../common/options.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import { CleanupService } from '../../service/cleanup/cleanup.service.js';
import { CacheService } from '../../service/cache/cache.service.js';
import type { InstanceStatistics } from '../../service/statistics/instance-statistics.js';
import { ShardedCache } from '../../service/sharded/sharded.cache.js';

// Strings, so that two copies of this package in one application use the same tokens.
const PREFIX = 'nestjs-redis-infra';
/** The token of the options as passed to the registration. A symbol, because each dynamic module has its own. */
export const OPTIONS = Symbol(`${PREFIX}:options`);

/** The token of the same options, checked and with defaults. */
export const RESOLVED_OPTIONS = Symbol(`${PREFIX}:resolved-options`);

const NAME = /^[\w.-]{1,64}$/;

/**
 * Returns the injection token of the `RedisAdapter` of the instance `name`, for example to override the provider in a
 * test.
 *
 * @param name the `name` of the registration; without it, the class `RedisAdapter` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getRedisToken(name?: string): InjectionToken<RedisAdapter> {
  return name === undefined ? RedisAdapter : namedToken('redis', name);
}

/**
 * Returns the injection token of the `ShardedCache` of the instance `name`, for example to override the provider in a
 * test.
 *
 * @param name the `name` of the registration; without it, the class `ShardedCache` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getShardedCacheToken(name?: string): InjectionToken<ShardedCache> {
  return name === undefined ? ShardedCache : namedToken('sharded-cache', name);
}

/**
 * Returns the injection token of the `CacheService` of the instance `name`, for example to override the provider in a
 * test.
 *
 * @param name the `name` of the registration; without it, the class `CacheService` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getCacheToken(name?: string): InjectionToken<CacheService> {
  return name === undefined ? CacheService : namedToken('cache', name);
}

/**
 * Returns the injection token of the `RateLimiter` of the instance `name`, for example to override the provider in a
 * test.
 *
 * @param name the `name` of the registration; without it, the class `RateLimiter` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getRateLimiterToken(name?: string): InjectionToken<RateLimiter> {
  return name === undefined ? RateLimiter : namedToken('rate-limiter', name);
}

/**
 * Returns the injection token of the `CleanupService` of the instance `name`, for example to override the provider in a
 * test.
 *
 * @param name the `name` of the registration; without it, the class `CleanupService` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getCleanupToken(name?: string): InjectionToken<CleanupService> {
  return name === undefined ? CleanupService : namedToken('cleanup', name);
}

/** The token of what starts and stops the cleanup of the instance `name`. */
export function getCleanupSchedulerToken(name?: string): string {
  return name === undefined ? `${PREFIX}:cleanup-scheduler` : namedToken('cleanup-scheduler', name);
}

/** The token of the store of the instance `name`: its `RedisAdapter`, or its `ShardedCache`. */
export function getStoreToken(name?: string): string {
  return name === undefined ? `${PREFIX}:store` : namedToken('store', name);
}

/** The token of the engine that guards use: the limiter of the instance `name` with the plans of its handlers. */
export function getRateLimitEngineToken(name?: string): string {
  return name === undefined ? `${PREFIX}:rate-limit-engine` : namedToken('rate-limit-engine', name);
}

/** The token of the clock, the timers and the random numbers of the instance `name`. */
export function getEnvironmentToken(name?: string): string {
  return name === undefined ? `${PREFIX}:environment` : namedToken('environment', name);
}

/**
 * Returns the injection token of the statistics of the instance `name`, which exporters read.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getStatisticsToken(name?: string): InjectionToken<InstanceStatistics> {
  return name === undefined ? `${PREFIX}:statistics` : namedToken('statistics', name);
}

/** The token of the lifecycle of the instance `name`. Each registration has one, so that duplicates are detected. */
export function getInstanceToken(name?: string): string {
  return name === undefined ? `${PREFIX}:instance` : namedToken('instance', name);
}

/**
 * Injects the `RedisAdapter` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectRedis(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRedisToken(name));
}

/**
 * Injects the `ShardedCache` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectShardedCache(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getShardedCacheToken(name));
}

/**
 * Injects the `CacheService` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectCache(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getCacheToken(name));
}

/**
 * Injects the `RateLimiter` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectRateLimiter(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRateLimiterToken(name));
}

/**
 * Injects the `CleanupService` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectCleanup(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getCleanupToken(name));
}

/** The token of a provider of the instance `name`. @throws RedisInfraError OPTION_INVALID */
export function namedToken(kind: string, name: string): string {
  if (!NAME.test(checkString(name, 'name')))
    throw optionInvalid('name', 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  return `${PREFIX}:${kind}:${name}`;
}
