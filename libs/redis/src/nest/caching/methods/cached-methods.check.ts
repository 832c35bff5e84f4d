import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { errorOnMethod } from '../../error-on-method.js';
import { handlersOf } from '../../rate-limit/policies/application-handlers.js';
import { getCacheToken } from '../../tokens/redis.tokens.js';
import { decoratorsOf, type AppliedDecorator } from './decorated-method.js';
import { instanceMissing } from './method-cache.js';
import { defaultPrefix } from './method-key.js';

/**
 * Checks all cache decorators when the application starts, so that a mistake fails the start and not a call. Classes that
 * only factories use, and those of modules that are loaded later, are not known then: an instance that is missing fails
 * their first call.
 * @throws RedisInfraError OPTION_INVALID when an instance is missing, or two methods have the same default key
 */
export function checkCachedMethods(modules: ModulesContainer): void {
  const owners = new Map<string, Type>();
  for (const { type, method } of handlersOf(modules))
    for (const applied of decoratorsOf(method))
      try {
        checkInstance(applied.place.instance, applied.decorator, modules);
        if (applied.hasDefaultKey) checkDefaultKey(applied, type, owners);
      } catch (error) {
        throw errorOnMethod(error, type, applied.method.name);
      }
}

/** @throws RedisInfraError OPTION_INVALID when no `RedisModule` of the application has the name */
export function checkInstance(instance: string | undefined, path: string, modules: ModulesContainer): void {
  const token = getCacheToken(instance);
  if (![...modules.values()].some(({ providers }) => providers.has(token))) instanceMissing(instance, path);
}

/** Two classes with the same name would read each other's values. */
function checkDefaultKey({ method, place }: AppliedDecorator, type: Type, owners: Map<string, Type>): void {
  const key = JSON.stringify([place.instance, place.namespace, defaultPrefix(type.prototype, method, 'Cacheable.key')]);
  const owner = owners.get(key) ?? type;
  owners.set(key, owner);
  if (owner !== type)
    throw optionInvalid('Cacheable.key', 'is required: another class with the same name has this default key');
}
