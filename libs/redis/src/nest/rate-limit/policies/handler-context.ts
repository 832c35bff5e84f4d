import type { ExecutionContext, Type } from '@nestjs/common';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

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
  if (!(error instanceof RedisInfraError)) return error;
  const message = `${error.message} (${context.getClass().name}.${context.getHandler().name})`;
  return new RedisInfraError(error.code, message, { context: error.context });
}
