import { durationMs, type Duration } from '../../common/duration.js';

/**
 * A time to live in whole milliseconds, rounded up.
 * @throws RedisInfraError OPTION_INVALID unless it is more than zero and at most ten years.
 */
export function ttlMs(ttl: Duration): number {
  return Math.ceil(durationMs(ttl, 'ttl'));
}

/** The same where the ttl may be left out: undefined stays undefined, it never expires. */
export function optionalTtlMs(ttl: Duration | undefined): number | undefined {
  return ttl === undefined ? undefined : ttlMs(ttl);
}
