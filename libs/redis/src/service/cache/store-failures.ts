import { faultOf, type Fault } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * What the cache does about an error of its store:
 * - `throw`: the caller gets it.
 * - `skip`: the cache continues without the store, and does not store a loaded value either: the caller would wait for
 *   its deadline a second time.
 * - `replace`: the cache continues, and a loaded value replaces the stored one: every call would load otherwise.
 */
type Reaction = 'throw' | 'skip' | 'replace';

const REACTIONS = {
  caller: 'throw',
  store: 'skip',
  loader: 'skip',
  subject: 'skip',
  value: 'replace',
  'key-provider': 'replace',
} as const satisfies Record<Fault, Reaction>;

/**
 * Returns the error if it is a failure of the store, so that the cache can continue without the store.
 * @throws the error itself if the caller caused it or it is not an error of this package
 */
export function storeFailure(error: unknown): RedisInfraError {
  const failure = backgroundFailure(error);
  if (failure !== undefined) return failure;
  throw error;
}

/** The error if it is a failure of the store; for work that no caller waits for. */
export function backgroundFailure(error: unknown): RedisInfraError | undefined {
  return isOurs(error) && REACTIONS[faultOf(error)] !== 'throw' ? error : undefined;
}

/**
 * Like `storeFailure`, for the read before a load: a key that is too long for the store is a failure too, because the
 * loader can still produce the value.
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

/** Whether the store answered, but the stored value cannot be read. */
export function isUnreadable(failure: RedisInfraError): boolean {
  return REACTIONS[faultOf(failure)] === 'replace';
}
