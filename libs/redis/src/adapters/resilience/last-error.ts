import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** An error and its time. */
export interface LastError {
  readonly error: RedisInfraError;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** The same time on the monotonic clock, which decides which of two errors is newer. */
  readonly seenMs: number;
}

/** An error with the current time. */
export function lastErrorNow(error: RedisInfraError, clock: Clock): LastError {
  return { error, at: clock.wallMs(), seenMs: clock.monotonicMs() };
}

/** The newest error, and the first one of equals; undefined when there is none. */
export function latestOf(errors: readonly (LastError | undefined)[]): LastError | undefined {
  const seenMs = (error: LastError | undefined): number => error?.seenMs ?? -Infinity;
  return errors.reduce((latest, error) => (seenMs(error) > seenMs(latest) ? error : latest), undefined);
}
