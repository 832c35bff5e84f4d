import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The same error for a call that may have run, or may have reached another server. */
export function unknownOutcome(error: unknown): unknown {
  if (!(error instanceof RedisInfraError)) return error;
  const { code, message, retryable, context } = error;
  return new RedisInfraError(code, message, { outcome: 'unknown', retryable, context, cause: error });
}
