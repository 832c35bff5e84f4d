import type { ModulesContainer } from '@nestjs/core';
import { errorOnMethod } from '../../error-on-method.js';
import { handlersOf } from '../../rate-limit/policies/application-handlers.js';
import { checkInstance } from '../methods/cached-methods.check.js';
import { httpCachePlan } from './http-cache.plan.js';

/**
 * Plans all handlers with `@HttpCache` when the application starts, so that a mistake fails the start and not a
 * request.
 * @throws RedisInfraError OPTION_INVALID when the options of a handler do not fit it, or an instance is missing
 */
export function checkHttpCaches(modules: ModulesContainer): void {
  for (const { type, method } of handlersOf(modules))
    try {
      // A method without decorators is not a handler.
      const plan = Reflect.getMetadataKeys(method).length === 0 ? undefined : httpCachePlan(type, method);
      if (plan !== undefined) checkInstance(plan.instance, 'HttpCache', modules);
    } catch (error) {
      throw errorOnMethod(error, type, method.name);
    }
}
