import { Inject, type InjectionToken } from '@nestjs/common';
import { namedToken } from '../tokens/redis.tokens.js';
import { RedisHealthIndicator } from './redis-health.indicator.js';

/**
 * Returns the injection token of the `RedisHealthIndicator` of the instance `name`.
 *
 * @param name the `instance` of the registration; without it, the class `RedisHealthIndicator` is the token
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function getRedisHealthToken(name?: string): InjectionToken<RedisHealthIndicator> {
  return name === undefined ? RedisHealthIndicator : namedToken('health', name);
}

/**
 * Injects the `RedisHealthIndicator` of the instance `name`; without a name, that of the unnamed instance.
 *
 * @throws RedisInfraError OPTION_INVALID when the name is not 1 to 64 characters of `[\w.-]`
 */
export function InjectRedisHealth(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRedisHealthToken(name));
}
