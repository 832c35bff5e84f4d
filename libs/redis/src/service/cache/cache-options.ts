import { durationMs, type Duration } from '../../common/duration.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { checkOptions, checkString, join, optionInvalid } from '../../common/options.js';

/** Options of one write. */
export interface SetOptions {
  /** How long the value lives; null means that it never expires. @default the cache's `ttl`, '5m' */
  readonly ttl?: Duration | null | undefined;
}

/** Options of `getOrSet`. */
export interface EntryOptions extends SetOptions {
  /**
   * The maximum fraction by which the `ttl` of a loaded value is randomly shortened, so that values do not expire
   * together; 0 to 0.5.
   * @default 0.05
   */
  readonly jitter?: number | undefined;
  /** The time to live of a loaded `null`. @default `ttl` */
  readonly negativeTtl?: Duration | undefined;
  /**
   * How long a load may take, at most 24 h; then its signal is aborted and the load rejects with LOAD_TIMEOUT.
   * @default '30s'
   */
  readonly loadTimeout?: Duration | undefined;
}

/** Options of a cache or a namespace. Options of single calls override them. */
export interface CacheOptions extends EntryOptions {
  /** The name between the store's prefix and the key: 1 to 64 characters of `[\w.-]`. @default 'cache' */
  readonly namespace?: string | undefined;
  /** How the values of this cache are serialised, compressed and encrypted. @default the store's codec */
  readonly codec?: CodecOptions | undefined;
}

/** `EntryOptions` after checks, with defaults filled in. */
export interface ResolvedEntryOptions {
  /** null means that the value never expires. */
  readonly ttlMs: number | null;
  readonly jitter: number;
  /** undefined means `ttlMs`. */
  readonly negativeTtlMs: number | undefined;
  readonly loadTimeoutMs: number;
}

export const CACHE_DEFAULTS = {
  namespace: 'cache',
  ttl: '5m',
  jitter: 0.05,
  loadTimeout: '30s',
} as const satisfies CacheOptions;

/** Options that accept null. */
export const NULLABLE: readonly string[] = ['ttl'];

/** The names of all `SetOptions`. */
export const SET_OPTIONS: readonly string[] = ['ttl'];
/** The names of all `EntryOptions`. */
export const ENTRY_OPTIONS: readonly string[] = [...SET_OPTIONS, 'jitter', 'negativeTtl', 'loadTimeout'];
/** The names of all `CacheOptions`. */
export const CACHE_OPTIONS: readonly string[] = [...ENTRY_OPTIONS, 'namespace', 'codec'];

const MAX_LOAD_MS = 24 * 60 * 60 * 1000;
const NAMESPACE = /^[\w.-]{1,64}$/;

const ENTRY_DEFAULTS: ResolvedEntryOptions = Object.freeze({
  ttlMs: durationMs(CACHE_DEFAULTS.ttl, 'ttl'),
  jitter: CACHE_DEFAULTS.jitter,
  negativeTtlMs: undefined,
  loadTimeoutMs: durationMs(CACHE_DEFAULTS.loadTimeout, 'loadTimeout'),
});

/**
 * Resolves the options of a cache; an omitted option is inherited from `parent`.
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveCacheOptions(
  options: CacheOptions,
  path: string,
  parent = ENTRY_DEFAULTS,
): ResolvedEntryOptions {
  checkOptions(options, CACHE_OPTIONS, path, NULLABLE);
  return mergeEntry(options, path, parent);
}

/** Resolves the options of one `getOrSet`. @throws RedisInfraError OPTION_INVALID */
export function resolveEntryOptions(
  options: EntryOptions | undefined,
  cache: ResolvedEntryOptions,
): ResolvedEntryOptions {
  if (options === undefined) return cache;
  checkOptions(options, ENTRY_OPTIONS, '', NULLABLE);
  return mergeEntry(options, '', cache);
}

/**
 * Returns the time to live of one `set` in milliseconds; null means that the value never expires.
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveSetTtl(
  ttlOrOptions: Duration | SetOptions | undefined,
  cache: ResolvedEntryOptions,
): number | null {
  if (typeof ttlOrOptions !== 'object' || ttlOrOptions === null)
    return ttlOrOptions === undefined ? cache.ttlMs : durationMs(ttlOrOptions, 'ttl');
  checkOptions(ttlOrOptions, SET_OPTIONS, '', NULLABLE);
  return ttlOf(ttlOrOptions.ttl, '', cache.ttlMs);
}

/** Returns a valid namespace name. @throws RedisInfraError OPTION_INVALID */
export function checkNamespace(name: unknown, path: string): string {
  const text = checkString(name, path);
  if (!NAMESPACE.test(text)) throw optionInvalid(path, 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  return text;
}

function mergeEntry(options: EntryOptions, path: string, inherited: ResolvedEntryOptions): ResolvedEntryOptions {
  const { jitter = inherited.jitter, negativeTtl, loadTimeout } = options;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 0.5)) {
    throw optionInvalid(join(path, 'jitter'), 'must be a number from 0 to 0.5');
  }
  return Object.freeze({
    ttlMs: ttlOf(options.ttl, path, inherited.ttlMs),
    jitter,
    negativeTtlMs:
      negativeTtl === undefined ? inherited.negativeTtlMs : durationMs(negativeTtl, join(path, 'negativeTtl')),
    loadTimeoutMs:
      loadTimeout === undefined
        ? inherited.loadTimeoutMs
        : durationMs(loadTimeout, join(path, 'loadTimeout'), { minMs: 1, maxMs: MAX_LOAD_MS }),
  });
}

function ttlOf(ttl: Duration | null | undefined, path: string, inherited: number | null): number | null {
  if (ttl === undefined) return inherited;
  return ttl === null ? null : durationMs(ttl, join(path, 'ttl'));
}
