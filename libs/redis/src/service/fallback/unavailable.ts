import { faultOf } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * Whether an error means that the primary store cannot answer now. An error reply that will be the same next time is
 * not such an error: a missing permission, for example.
 */
export function isUnavailable(error: unknown): error is RedisInfraError {
  if (!(error instanceof RedisInfraError) || faultOf(error) !== 'store') return false;
  return error.code !== 'COMMAND_FAILED' || error.retryable;
}

/**
 * Whether an error means that the server has reached its maxmemory. It is not unavailable: it answers reads, and removes
 * keys.
 */
export function isFull(error: unknown): boolean {
  if (!(error instanceof RedisInfraError)) return false;
  return error.code === 'OUT_OF_MEMORY' || (error.code === 'CIRCUIT_OPEN' && isFull(error.cause));
}

/** The error of a call that has no honest answer while the primary store is unavailable. */
export function unsupportedWhileDown(method: string, cause?: unknown): RedisInfraError {
  return new RedisInfraError(
    'UNSUPPORTED_WHILE_DOWN',
    `${method} has no answer while Redis is unavailable: retry it later`,
    { outcome: 'not-executed', cause },
  );
}

/**
 * The error of a call that has no answer of the fallback. A call that may have been executed rejects with its own error,
 * which says so.
 */
export function refusal(method: string, error: unknown): unknown {
  if (!isUnavailable(error) || error.outcome === 'unknown' || error.outcome === 'executed') return error;
  return unsupportedWhileDown(method, error);
}
