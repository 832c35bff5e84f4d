import { systemClock, type Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** The last trouble, and when it was: in milliseconds since 1970. */
export interface LastError {
  readonly error: RedisInfraError;
  readonly at: number;
  /** The same moment on the monotonic clock: which of two errors is newer must not depend on a step of the wall clock. */
  readonly seenMs: number;
}

export function lastErrorNow(error: RedisInfraError, clock: Clock = systemClock): LastError {
  return { error, at: clock.wallMs(), seenMs: clock.monotonicMs() };
}

/** The newest of them, of equally old ones the first; undefined where there was none. */
export function latestOf(errors: readonly (LastError | undefined)[]): LastError | undefined {
  const seenMs = (error: LastError | undefined): number => error?.seenMs ?? -Infinity;
  return errors.reduce((latest, one) => (seenMs(one) > seenMs(latest) ? one : latest), undefined);
}
