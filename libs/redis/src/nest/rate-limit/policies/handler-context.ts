import type { ExecutionContext } from '@nestjs/common';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The part of an `ExecutionContext` that says which handler it is; it is known before a request comes. */
export type HandlerContext = Pick<ExecutionContext, 'getClass' | 'getHandler' | 'getType' | 'getArgByIndex'>;

/** The error with the name of the handler that it is about: `… (Cities.list)`. */
export function errorOnHandler(error: unknown, context: HandlerContext): unknown {
  if (!(error instanceof RedisInfraError)) return error;
  const message = `${error.message} (${context.getClass().name}.${context.getHandler().name})`;
  return new RedisInfraError(error.code, message, { context: error.context });
}
