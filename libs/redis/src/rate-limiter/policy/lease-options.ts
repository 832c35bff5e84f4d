import { durationMs } from '../../common/duration.js';
import { checkInteger, checkOptions, join } from '../../common/options.js';
import type { LeaseOptions } from './rate-limit-policy.js';

/** Lease options with resolved defaults. */
export interface ResolvedLease {
  readonly size: number;
  readonly ttlMs: number;
}

export const LEASE_DEFAULTS = { ttl: '1s' } as const satisfies LeaseOptions;
export const LEASE_OPTIONS = ['size', 'ttl'] as const satisfies readonly (keyof LeaseOptions)[];

/** Maximum tokens of a batch: the request has 16 bits for the repetitions of a call. */
export const MAX_TOKENS = 65_535;
/** Divisor of the burst: a batch saves most calls, but leaves tokens for the other processes. */
const BURST_SHARE = 10;

/** @throws RedisInfraError OPTION_INVALID with the option's path. */
export function resolveLease(
  lease: LeaseOptions,
  { burst, windowMs }: { readonly burst: number; readonly windowMs: number },
  path: string,
): ResolvedLease {
  checkOptions(lease, LEASE_OPTIONS, path);
  const max = Math.min(Math.max(2, burst), MAX_TOKENS);
  const size = checkInteger(
    lease.size ?? Math.min(Math.max(2, Math.floor(burst / BURST_SHARE)), MAX_TOKENS),
    join(path, 'size'),
    { min: 2, max },
  );
  const ttlMs =
    lease.ttl === undefined
      ? Math.min(durationMs(LEASE_DEFAULTS.ttl, join(path, 'ttl')), windowMs)
      : durationMs(lease.ttl, join(path, 'ttl'), { minMs: 1, maxMs: windowMs });
  return Object.freeze({ size, ttlMs });
}
