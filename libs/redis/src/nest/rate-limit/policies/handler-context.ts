import type { ExecutionContext, Type } from '@nestjs/common';
import { errorOnMethod } from '../../error-on-method.js';

/** The part of an `ExecutionContext` that identifies the handler. It is available before the first request. */
export interface HandlerContext {
  getClass(): Type;
  getHandler(): ReturnType<ExecutionContext['getHandler']>;
  /** The kind: `http`, `graphql`, `ws`, `rpc`, or that of another package. */
  getType(): string;
  getArgByIndex(index: number): unknown;
}

/** Appends the name of the handler to the message of an error: `… (Cities.list)`. */
export function errorOnHandler(error: unknown, context: HandlerContext): unknown {
  return errorOnMethod(error, context.getClass(), context.getHandler().name);
}
