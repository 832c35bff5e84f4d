import { definedMembers } from '../../common/defined-members.js';
import { durationMs, type Duration } from '../../common/duration.js';
import { checkBoolean, checkOptions, checkSignal } from '../../common/options.js';

/** Options of a `FleetLock`, and of one acquisition. */
export interface FleetLockOptions {
  /**
   * How long the lock is held without a renewal: after a crash of the holder no other process gets it for this time. From
   * 100 ms to 1 day.
   * @default '30s'
   */
  readonly ttl?: Duration | undefined;
  /** Renews the lock in the background until its release. False: it is lost when `ttl` ends. @default true */
  readonly renew?: boolean | undefined;
  /** How long `acquire` and `withLock` wait for a lock that another holder has. 0 does not wait. At most 1 day. @default '10s' */
  readonly wait?: Duration | undefined;
}

/** Options of one acquisition. */
export interface AcquireOptions extends FleetLockOptions {
  /** Ends the wait: the call rejects with DEADLINE_EXCEEDED, and `cause` is the signal's reason. @default undefined */
  readonly signal?: AbortSignal | undefined;
}

export const LOCK_DEFAULTS = { ttl: '30s', renew: true, wait: '10s' } as const satisfies FleetLockOptions;

/** The names of all `FleetLockOptions`. */
export const LOCK_OPTIONS = ['ttl', 'renew', 'wait'] as const satisfies readonly (keyof FleetLockOptions)[];

const DAY_MS = 24 * 60 * 60 * 1000;

export interface ResolvedLockOptions {
  readonly ttlMs: number;
  readonly renew: boolean;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * @param defaults the options of the lock, for those of one acquisition
 * @throws RedisInfraError OPTION_INVALID with the option's path
 */
export function resolveLockOptions(options: FleetLockOptions, defaults: FleetLockOptions = {}): ResolvedLockOptions {
  checkOptions(options, LOCK_OPTIONS, '');
  return resolved(options, defaults, undefined);
}

/** Like `resolveLockOptions`, for one acquisition. */
export function resolveAcquireOptions(options: AcquireOptions, defaults: FleetLockOptions): ResolvedLockOptions {
  checkOptions(options, [...LOCK_OPTIONS, 'signal'], '');
  checkSignal(options.signal, 'signal');
  return resolved(options, defaults, options.signal);
}

function resolved(
  options: FleetLockOptions,
  defaults: FleetLockOptions,
  signal: AbortSignal | undefined,
): ResolvedLockOptions {
  const { ttl, renew, wait } = { ...LOCK_DEFAULTS, ...definedMembers(defaults), ...definedMembers(options) };
  return Object.freeze({
    ttlMs: Math.round(durationMs(ttl, 'ttl', { minMs: 100, maxMs: DAY_MS })),
    renew: checkBoolean(renew, 'renew'),
    waitMs: durationMs(wait, 'wait', { minMs: 0, maxMs: DAY_MS }),
    signal,
  });
}
