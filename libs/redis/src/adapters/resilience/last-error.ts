import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** The last trouble, and when it was: in milliseconds since 1970. */
export interface LastError {
  readonly error: RedisInfraError;
  readonly at: number;
}

/** The newest of them, of equally old ones the first; undefined where there was none. */
export function latestOf(errors: readonly (LastError | undefined)[]): LastError | undefined {
  return errors.reduce((latest, one) => ((one?.at ?? 0) > (latest?.at ?? 0) ? one : latest), undefined);
}
