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
  if (isOurs(error) && !CALLERS.has(error.code)) return error;
  throw error;
}

/**
 * The same for the read of a load: a key that is too long for the store is a failure that the loader makes up for.
 * @throws the error itself, where it is the caller's or none of this package's.
 */
export function loadFailure(error: unknown): RedisInfraError {
  return isOurs(error) && error.code === 'KEY_INVALID' ? error : storeFailure(error);
}

/** By its name: the store may be of another copy of this package. */
function isOurs(error: unknown): error is RedisInfraError {
  return (
    error instanceof RedisInfraError || (error instanceof Error && error.name === 'RedisInfraError' && 'code' in error)
  );
}

/**
 * After a read that failed so, whether the loaded value is stored. Not in a store that is unavailable: the caller would wait for its
 * deadline a second time. A value that this process cannot read, for whatever reason, is replaced: otherwise every call would load.
 */
export function mayOverwrite(code: ErrorCode): boolean {
  return code.startsWith('CODEC_');
}
