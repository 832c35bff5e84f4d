import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';
import { handlersOf, type HandlerOfClass } from '../policies/application-handlers.js';
import type { DecoratorPolicy } from '../policies/inline-policy.js';
import { markOf, type PoliciesMark } from '../policies/rate-limit.metadata.js';
import type { ResolvedRateLimitOptions } from '../policies/rate-limit.options.js';
import { PERMIT_INTERCEPTOR } from './permit.interceptor.js';

type Options = Pick<ResolvedRateLimitOptions, 'policies' | 'default'>;

/**
 * Puts the interceptor on all handlers of an instance that may hold permits, and on no others: interceptors cost every request. It has to
 * come before Nest puts a handler together, so it looks only at what decorators and options say, not at routes.
 */
export function followHandlers(modules: ModulesContainer, instance: string | undefined, options: Options): void {
  for (const handler of handlersOf(modules))
    if (instanceOf(handler) === instance && mayHoldPermits(handler, options)) follow(handler.method);
}

/** Whether the interceptor is on the handler. */
export function isFollowed(handler: object): boolean {
  return interceptorsOf(handler).includes(PERMIT_INTERCEPTOR);
}

function follow(handler: object): void {
  if (isFollowed(handler)) return;
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [...interceptorsOf(handler), PERMIT_INTERCEPTOR], handler);
}

function interceptorsOf(handler: object): readonly unknown[] {
  return (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) as readonly unknown[] | undefined) ?? [];
}

function instanceOf({ type, method }: HandlerOfClass): string | undefined {
  return (markOf('RateLimit', method) ?? markOf('RateLimit', type))?.instance;
}

function mayHoldPermits({ type, method }: HandlerOfClass, options: Options): boolean {
  // A method without any decorator is no handler.
  if (Reflect.getMetadataKeys(method).length === 0) return false;
  const marks = [markOf('RateLimit', type), markOf('RateLimit', method)];
  const policies = marks.reduce<readonly DecoratorPolicy[]>(joined, options.default);
  return policies.some((policy) => {
    const { algorithm } = (typeof policy === 'string' ? options.policies.get(policy) : policy) ?? {};
    return algorithm === 'concurrency';
  });
}

function joined(outer: readonly DecoratorPolicy[], mark: PoliciesMark | undefined): readonly DecoratorPolicy[] {
  if (mark === undefined || mark.policies.length === 0) return outer;
  return mark.extend ? [...outer, ...mark.policies] : mark.policies;
}
