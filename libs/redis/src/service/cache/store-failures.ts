import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/** Codes that say something of the call or of the caller, not of the store: these are thrown at whoever called. */
const CALLERS: ReadonlySet<ErrorCode> = new Set([
  'OPTION_INVALID',
  'VALUE_INVALID',
  'KEY_INVALID',
  'CODEC_SERIALIZE',
  'WRONG_TYPE',
  'UNSUPPORTED',
  'CLOSED',
]);

/**
 * The store's failure behind an error, where the cache can answer without the store.
 * @throws the error itself, where it is the caller's or none of this package's.
 */
export function storeFailure(error: unknown): RedisInfraError {
  if (error instanceof RedisInfraError && !CALLERS.has(error.code)) return error;
  throw error;
}
