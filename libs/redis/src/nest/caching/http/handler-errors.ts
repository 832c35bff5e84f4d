import { HttpException, ServiceUnavailableException } from '@nestjs/common';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { HeaderAdapter } from './response-headers.js';

/** An error of a handler that answers the request, such as 404. It is no failure of the load, and is not stored. */
export class ClientError {
  constructor(readonly error: HttpException) {}
}

/** Returns an error with a status of 400 to 499; undefined for every other error, which is a failure of the load. */
export function toClientError(error: unknown): ClientError | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  return status >= 400 && status < 500 ? new ClientError(error) : undefined;
}

/**
 * Converts the error of a load that does not run because of `errorTtl`: 503, and sets the header Retry-After. Returns
 * other errors unchanged.
 */
export function toHttpError(error: unknown, adapter: HeaderAdapter, response: unknown): unknown {
  if (!(error instanceof RedisInfraError) || error.code !== 'LOAD_FAILED') return error;
  const { retryAfterMs } = error.context;
  if (typeof retryAfterMs === 'number' && !adapter.isHeadersSent(response))
    adapter.setHeader(response, 'Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  return new ServiceUnavailableException('The response is not available: its last load failed', { cause: error });
}
