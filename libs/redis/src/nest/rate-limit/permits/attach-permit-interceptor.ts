import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';
import { handlersOf, type HandlerOfClass } from '../policies/application-handlers.js';
import type { DecoratorPolicy } from '../policies/inline-policy.js';
import { metadataOf, type RateLimitMetadata } from '../policies/rate-limit.metadata.js';
import type { ResolvedRateLimitOptions } from '../policies/rate-limit.options.js';
import { PERMIT_INTERCEPTOR } from './permit.interceptor.js';

type Options = Pick<ResolvedRateLimitOptions, 'policies' | 'default'>;

/**
 * Attaches the interceptor to the handlers of an instance that may hold permits. Not to others: an interceptor costs
 * every request. It runs before Nest builds the handlers, so it uses only decorators and options, not routes.
 */
export function attachPermitInterceptor(
  modules: ModulesContainer,
  instance: string | undefined,
  options: Options,
): void {
  for (const handler of handlersOf(modules))
    if (instanceOf(handler) === instance && mayHoldPermits(handler, options)) attachTo(handler.method);
}

/** Whether the interceptor is attached to the handler. */
export function hasPermitInterceptor(handler: object): boolean {
  return interceptorsOf(handler).includes(PERMIT_INTERCEPTOR);
}

function attachTo(handler: object): void {
  if (hasPermitInterceptor(handler)) return;
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [...interceptorsOf(handler), PERMIT_INTERCEPTOR], handler);
}

function interceptorsOf(handler: object): readonly unknown[] {
  const interceptors: unknown = Reflect.getMetadata(INTERCEPTORS_METADATA, handler);
  return Array.isArray(interceptors) ? interceptors : [];
}

function instanceOf({ type, method }: HandlerOfClass): string | undefined {
  return (metadataOf('RateLimit', method) ?? metadataOf('RateLimit', type))?.instance;
}

function mayHoldPermits({ type, method }: HandlerOfClass, options: Options): boolean {
  // A method without decorators is not a handler.
  if (Reflect.getMetadataKeys(method).length === 0) return false;
  const levels = [metadataOf('RateLimit', type), metadataOf('RateLimit', method)];
  const policies = levels.reduce<readonly DecoratorPolicy[]>(extendOrReplace, options.default);
  return policies.some((policy) => {
    const { algorithm } = (typeof policy === 'string' ? options.policies.get(policy) : policy) ?? {};
    return algorithm === 'concurrency';
  });
}

function extendOrReplace(
  outer: readonly DecoratorPolicy[],
  metadata: RateLimitMetadata | undefined,
): readonly DecoratorPolicy[] {
  if (metadata === undefined || metadata.policies.length === 0) return outer;
  return metadata.extend ? [...outer, ...metadata.policies] : metadata.policies;
}
