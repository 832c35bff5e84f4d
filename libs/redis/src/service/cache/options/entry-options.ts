import { durationMs, type Duration } from '../../../common/duration.js';
import {
  checkCallOptions,
  checkOneOf,
  checkOptions,
  isPlainObject,
  join,
  optionInvalid,
} from '../../../common/options.js';
import {
  checkWindows,
  mergeSetOptions,
  NULLABLE,
  SET_OPTIONS,
  type ResolvedSetOptions,
  type SetOptions,
} from './set-options.js';

/** When a value is loaded again before it is stale. */
export type EarlyRefresh =
  /**
   * At random, the more likely the slower the load and the closer the end of `ttl`; only in the last tenth of `ttl`. A
   * greater `beta` refreshes earlier; more than 0, at most 10.
   */
  | { readonly beta: number }
  /** After this fraction of `ttl`; 0.1 to 0.99. */
  | { readonly at: number };

/** Options of `getOrSet`. */
export interface EntryOptions extends SetOptions {
  /**
   * When a value is loaded again in the background before it is stale, so that no caller waits for the load. false
   * means never.
   * @default { beta: 1 }
   * @see Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015
   */
  readonly earlyRefresh?: EarlyRefresh | false | undefined;
  /** The `ttl` of a loaded `null`. @default `ttl` */
  readonly negativeTtl?: Duration | undefined;
  /**
   * How long no process loads again after a load failed. The time doubles with each failure, up to 30 s or this time,
   * if it is longer. Callers get a stale value within its windows, or LOAD_FAILED. 0 means that the next call loads.
   * @default 0
   */
  readonly errorTtl?: Duration | undefined;
  /**
   * How long a load may take, at most 24 h; then its signal is aborted and the load rejects with LOAD_TIMEOUT.
   * @default '30s'
   */
  readonly loadTimeout?: Duration | undefined;
  /**
   * How long a caller waits for a load if a stale value may be used: then it gets that value, and the load continues.
   * @default the caller waits for `loadTimeout`
   */
  readonly softTimeout?: Duration | undefined;
  /** How long a caller waits for the load of another process. @default `loadTimeout` */
  readonly lockTimeout?: Duration | undefined;
  /**
   * What a caller does after `lockTimeout`: `load` runs its own loader and does not store the value; `throw` rejects
   * with LOAD_TIMEOUT.
   * @default 'load'
   */
  readonly onLockTimeout?: 'load' | 'throw' | undefined;
}

/** `EarlyRefresh` after checks. */
export interface RefreshRule {
  /** A refresh is possible after this fraction of `ttl`; Infinity never. */
  readonly from: number;
  /** How likely it is after that; undefined for sure. */
  readonly beta: number | undefined;
}

/** `EntryOptions` after checks, with defaults filled in. */
export interface ResolvedEntryOptions extends ResolvedSetOptions {
  readonly earlyRefresh: RefreshRule;
  /** undefined means `ttlMs`. */
  readonly negativeTtlMs: number | undefined;
  readonly errorTtlMs: number;
  readonly loadTimeoutMs: number;
  /** undefined means `loadTimeoutMs`. */
  readonly softTimeoutMs: number | undefined;
  /** undefined means `loadTimeoutMs`. */
  readonly lockTimeoutMs: number | undefined;
  readonly onLockTimeout: 'load' | 'throw';
}

export const ENTRY_OPTIONS: readonly string[] = [
  ...SET_OPTIONS,
  ...([
    'earlyRefresh',
    'negativeTtl',
    'errorTtl',
    'loadTimeout',
    'softTimeout',
    'lockTimeout',
    'onLockTimeout',
  ] satisfies readonly (keyof EntryOptions)[]),
];

/** The fraction of `ttl` after which `beta` applies. */
const BETA_FROM = 0.9;

const MAX_LOAD_MS = 24 * 60 * 60 * 1000;
const TIMEOUT = { minMs: 1, maxMs: MAX_LOAD_MS };

/** Resolves the options of one `getOrSet`. @throws RedisInfraError OPTION_INVALID */
export function resolveEntryOptions(
  options: EntryOptions | undefined,
  defaults: ResolvedEntryOptions,
): ResolvedEntryOptions {
  if (options === undefined) return defaults;
  checkCallOptions(options, ENTRY_OPTIONS, '', NULLABLE);
  return mergeEntryOptions(options, '', defaults);
}

/** Returns the options with those of `inherited` filled in. @throws RedisInfraError OPTION_INVALID */
export function mergeEntryOptions(
  options: EntryOptions,
  path: string,
  inherited: ResolvedEntryOptions,
): ResolvedEntryOptions {
  const { earlyRefresh, negativeTtl, errorTtl, loadTimeout, softTimeout, lockTimeout, onLockTimeout } = options;
  const timeout = <Inherited>(value: Duration | undefined, name: string, inheritedMs: Inherited): number | Inherited =>
    value === undefined ? inheritedMs : durationMs(value, join(path, name), TIMEOUT);
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, jitter, tags } = mergeSetOptions(options, path, inherited);
  // Without a spread and without Object.freeze: both cost more than the checks, and calls with options are common.
  const resolved: ResolvedEntryOptions = {
    ttlMs,
    staleWhileRevalidateMs,
    staleIfErrorMs,
    jitter,
    tags,
    earlyRefresh: earlyRefresh === undefined ? inherited.earlyRefresh : resolveEarlyRefresh(earlyRefresh, path),
    negativeTtlMs:
      negativeTtl === undefined ? inherited.negativeTtlMs : durationMs(negativeTtl, join(path, 'negativeTtl')),
    errorTtlMs:
      errorTtl === undefined
        ? inherited.errorTtlMs
        : durationMs(errorTtl, join(path, 'errorTtl'), { minMs: 0, maxMs: MAX_LOAD_MS }),
    loadTimeoutMs: timeout(loadTimeout, 'loadTimeout', inherited.loadTimeoutMs),
    softTimeoutMs: timeout(softTimeout, 'softTimeout', inherited.softTimeoutMs),
    lockTimeoutMs: timeout(lockTimeout, 'lockTimeout', inherited.lockTimeoutMs),
    onLockTimeout:
      onLockTimeout === undefined
        ? inherited.onLockTimeout
        : checkOneOf(onLockTimeout, join(path, 'onLockTimeout'), ['load', 'throw']),
  };
  const { softTimeoutMs, loadTimeoutMs } = resolved;
  if (softTimeoutMs !== undefined && softTimeoutMs > loadTimeoutMs) {
    throw optionInvalid(join(path, 'softTimeout'), `must be at most loadTimeout, which is ${loadTimeoutMs} ms`);
  }
  return checkWindows(resolved, path);
}

/** Returns the rule for a checked option. */
export function refreshRule(earlyRefresh: EarlyRefresh | false): RefreshRule {
  if (earlyRefresh === false) return { from: Infinity, beta: undefined };
  return 'at' in earlyRefresh
    ? { from: earlyRefresh.at, beta: undefined }
    : { from: BETA_FROM, beta: earlyRefresh.beta };
}

function resolveEarlyRefresh(value: unknown, path: string): RefreshRule {
  if (value === false) return refreshRule(false);
  const at = join(path, 'earlyRefresh');
  if (isPlainObject(value)) {
    checkOptions(value, 'beta' in value ? ['beta'] : ['at'], at);
    if (isBetween(value.beta, Number.MIN_VALUE, 10)) return refreshRule({ beta: value.beta });
    if (isBetween(value.at, 0.1, 0.99)) return refreshRule({ at: value.at });
  }
  throw optionInvalid(at, 'must be false, { beta } with a number up to 10, or { at } with a number from 0.1 to 0.99');
}

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}
