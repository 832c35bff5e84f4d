import { durationMs, type Duration } from '../../common/duration.js';

/**
 * Converts a time to live to whole milliseconds, rounded up.
 * @throws RedisInfraError OPTION_INVALID unless it is more than zero and at most ten years
 */
export function ttlMs(ttl: Duration): number {
  return Math.ceil(durationMs(ttl, 'ttl'));
}

/** Like `ttlMs`; undefined means that the value never expires and stays undefined. */
export function optionalTtlMs(ttl: Duration | undefined): number | undefined {
  return ttl === undefined ? undefined : ttlMs(ttl);
}
