import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/** Codes of errors that the caller caused, not the store. They are thrown to the caller. */
const CALLER_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'OPTION_INVALID',
  'VALUE_INVALID',
  'KEY_INVALID',
  'CODEC_SERIALIZE',
  'WRONG_TYPE',
  'UNSUPPORTED',
  'CLOSED',
]);

/**
 * Returns the error if it is a failure of the store, so that the cache can continue without the store.
 * @throws the error itself if the caller caused it or it is not an error of this package
 */
export function storeFailure(error: unknown): RedisInfraError {
  if (isOurs(error) && !CALLER_ERRORS.has(error.code)) return error;
  throw error;
}

/**
 * Like `storeFailure`, for the read before a load: a key that is too long for the store is a failure too, because the loader can still
 * produce the value.
 * @throws the error itself if the caller caused it or it is not an error of this package
 */
export function loadFailure(error: unknown): RedisInfraError {
  return isOurs(error) && error.code === 'KEY_INVALID' ? error : storeFailure(error);
}

/** Also checks the name, because the store may come from another copy of this package. */
function isOurs(error: unknown): error is RedisInfraError {
  return (
    error instanceof RedisInfraError || (error instanceof Error && error.name === 'RedisInfraError' && 'code' in error)
  );
}

/**
 * Whether a loaded value is stored after a read failed with this code. A store that is unavailable is skipped, because the caller would
 * wait for its deadline a second time. An unreadable value is replaced, because every call would load otherwise.
 */
export function mayOverwrite(code: ErrorCode): boolean {
  return code.startsWith('CODEC_');
}
