import { durationMs, type Duration } from '../../common/duration.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import { checkOptions, checkString, join, optionInvalid } from '../../common/options.js';

export interface SetOptions {
  /** How long the value lives; null: for ever. @default the cache's `ttl` */
  readonly ttl?: Duration | null | undefined;
}

export interface EntryOptions extends SetOptions {
  /** A random share taken off the `ttl` of loaded values, so that they do not all expire together; 0 to 0.5. @default 0.05 */
  readonly jitter?: number | undefined;
  /** The `ttl` of a loaded `null`. @default the same as `ttl` */
  readonly negativeTtl?: Duration | undefined;
  /** How long a load may take before its signal is aborted and it rejects with LOAD_TIMEOUT. At most 24 h. @default '30s' */
  readonly loadTimeout?: Duration | undefined;
}

export interface CacheOptions extends EntryOptions {
  /** The part of the keys between the store's prefix and the key: `[\w.-]`, 1 to 64 characters. @default 'cache' */
  readonly namespace?: string | undefined;
  /** How the values of this namespace are written, instead of the store's own way. @default the store's */
  readonly codec?: CodecOptions | undefined;
}

export interface ResolvedEntryOptions {
  /** null: for ever. */
  readonly ttlMs: number | null;
  readonly jitter: number;
  /** undefined: the same as `ttlMs`. */
  readonly negativeTtlMs: number | undefined;
  readonly loadTimeoutMs: number;
}

export const CACHE_DEFAULTS = {
  namespace: 'cache',
  ttl: '5m',
  jitter: 0.05,
  loadTimeout: '30s',
} as const satisfies CacheOptions;

/** Options of which null means something. */
export const NULLABLE: readonly string[] = ['ttl'];

const SET_OPTIONS = ['ttl'];
const ENTRY_OPTIONS = [...SET_OPTIONS, 'jitter', 'negativeTtl', 'loadTimeout'];
/** Every name `CacheOptions` has. */
export const CACHE_OPTIONS: readonly string[] = [...ENTRY_OPTIONS, 'namespace', 'codec'];

const MAX_LOAD_MS = 24 * 60 * 60 * 1000;
const NAMESPACE = /^[\w.-]{1,64}$/;

const ENTRY_DEFAULTS: ResolvedEntryOptions = Object.freeze({
  ttlMs: durationMs(CACHE_DEFAULTS.ttl, 'ttl'),
  jitter: CACHE_DEFAULTS.jitter,
  negativeTtlMs: undefined,
  loadTimeoutMs: durationMs(CACHE_DEFAULTS.loadTimeout, 'loadTimeout'),
});

/** The options of a cache: what it says itself, else what its parent has. @throws RedisInfraError OPTION_INVALID */
export function resolveCacheOptions(
  options: CacheOptions,
  path: string,
  parent = ENTRY_DEFAULTS,
): ResolvedEntryOptions {
  checkOptions(options, CACHE_OPTIONS, path, NULLABLE);
  return mergeEntry(options, path, parent);
}

/** The options of one `getOrSet`. @throws RedisInfraError OPTION_INVALID */
export function resolveEntryOptions(
  options: EntryOptions | undefined,
  cache: ResolvedEntryOptions,
): ResolvedEntryOptions {
  if (options === undefined) return cache;
  checkOptions(options, ENTRY_OPTIONS, '', NULLABLE);
  return mergeEntry(options, '', cache);
}

/** The time to live of one `set`, given as a duration or in options; null: for ever. @throws RedisInfraError OPTION_INVALID */
export function resolveSetTtl(
  ttlOrOptions: Duration | SetOptions | undefined,
  cache: ResolvedEntryOptions,
): number | null {
  if (typeof ttlOrOptions !== 'object' || ttlOrOptions === null)
    return ttlOrOptions === undefined ? cache.ttlMs : durationMs(ttlOrOptions, 'ttl');
  checkOptions(ttlOrOptions, SET_OPTIONS, '', NULLABLE);
  return ttlOf(ttlOrOptions.ttl, '', cache.ttlMs);
}

/** @throws RedisInfraError OPTION_INVALID */
export function checkNamespace(name: unknown, path: string): string {
  const text = checkString(name, path);
  if (!NAMESPACE.test(text)) throw optionInvalid(path, 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  return text;
}

function mergeEntry(options: EntryOptions, path: string, otherwise: ResolvedEntryOptions): ResolvedEntryOptions {
  const { jitter = otherwise.jitter, negativeTtl, loadTimeout } = options;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 0.5)) {
    throw optionInvalid(join(path, 'jitter'), 'must be a number from 0 to 0.5');
  }
  return Object.freeze({
    ttlMs: ttlOf(options.ttl, path, otherwise.ttlMs),
    jitter,
    negativeTtlMs:
      negativeTtl === undefined ? otherwise.negativeTtlMs : durationMs(negativeTtl, join(path, 'negativeTtl')),
    loadTimeoutMs:
      loadTimeout === undefined
        ? otherwise.loadTimeoutMs
        : durationMs(loadTimeout, join(path, 'loadTimeout'), { minMs: 1, maxMs: MAX_LOAD_MS }),
  });
}

function ttlOf(ttl: Duration | null | undefined, path: string, otherwise: number | null): number | null {
  if (ttl === undefined) return otherwise;
  return ttl === null ? null : durationMs(ttl, join(path, 'ttl'));
}
