import { Inject, type InjectionToken } from '@nestjs/common';
import { checkString, optionInvalid } from '../../common/options.js';
import { RedisAdapter } from '../../adapters/redis/redis.adapter.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import { CacheService } from '../../service/cache/cache.service.js';

// Strings, so that two copies of this package in one application still mean the same by a name.
const PREFIX = 'nestjs-redis-infra';
const NAME = /^[\w.-]{1,64}$/;

/** The token of the `RedisAdapter` of that name; without a name the class. @throws RedisInfraError OPTION_INVALID */
export function getRedisToken(name?: string): InjectionToken<RedisAdapter> {
  return name === undefined ? RedisAdapter : tokenOf('redis', name);
}

/** The token of the `CacheService` of that name; without a name the class. @throws RedisInfraError OPTION_INVALID */
export function getCacheToken(name?: string): InjectionToken<CacheService> {
  return name === undefined ? CacheService : tokenOf('cache', name);
}

/** The token of the `RateLimiter` of that name; without a name the class. @throws RedisInfraError OPTION_INVALID */
export function getRateLimiterToken(name?: string): InjectionToken<RateLimiter> {
  return name === undefined ? RateLimiter : tokenOf('rate-limiter', name);
}

/** The token of what the guard asks: the limiter of that name with its instance's options. */
export function getRateLimitEngineToken(name?: string): string {
  return name === undefined ? `${PREFIX}:rate-limit-engine` : tokenOf('rate-limit-engine', name);
}

/** The token that a registration of that name alone has: it shows who registered it. */
export function getInstanceToken(name?: string): string {
  return name === undefined ? `${PREFIX}:instance` : tokenOf('instance', name);
}

/** Injects the `RedisAdapter` of that name. */
export function InjectRedis(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRedisToken(name));
}

/** Injects the `CacheService` of that name. */
export function InjectCache(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getCacheToken(name));
}

/** Injects the `RateLimiter` of that name. */
export function InjectRateLimiter(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRateLimiterToken(name));
}

function tokenOf(kind: string, name: string): string {
  if (!NAME.test(checkString(name, 'name')))
    throw optionInvalid('name', 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  return `${PREFIX}:${kind}:${name}`;
}
