import { durationMs } from '../../../common/duration.js';
import { checkInteger, checkOptions, checkString, join, optionInvalid } from '../../../common/options.js';
import type { CodecOptions } from '../../../domain/codec/codec.options.js';
import {
  ENTRY_OPTIONS,
  mergeEntryOptions,
  refreshRule,
  type EntryOptions,
  type ResolvedEntryOptions,
} from './entry-options.js';
import type { NearOptions } from '../near/near-options.js';
import { NULLABLE } from './set-options.js';

/** Options of a cache or a namespace. Options of single calls override them. */
export interface CacheOptions extends EntryOptions {
  /** The name between the store's prefix and the key: 1 to 64 characters of `[\w.-]`. @default 'cache' */
  readonly namespace?: string | undefined;
  /** How the values of this cache are serialised, compressed and encrypted. @default the store's codec */
  readonly codec?: CodecOptions | undefined;
  /**
   * Keeps copies of values in the memory of the process; a read that finds a copy sends no command. `true` uses the
   * defaults of `NearOptions`. A namespace may set `false`, or inherit. See `docs/guides/near-cache.md`.
   * @default false
   */
  readonly near?: boolean | NearOptions | undefined;
  /**
   * How many loads run in the background at a time, 1 to 10000; further ones wait. Only of a cache, not of a namespace.
   * @default 100
   */
  readonly maxConcurrentRefreshes?: number | undefined;
}

export const CACHE_DEFAULTS = {
  namespace: 'cache',
  ttl: '5m',
  staleWhileRevalidate: 0,
  staleIfError: 0,
  jitter: 0.05,
  tags: [],
  earlyRefresh: { beta: 1 },
  errorTtl: 0,
  loadTimeout: '30s',
  onLockTimeout: 'load',
  near: false,
  maxConcurrentRefreshes: 100,
} as const satisfies CacheOptions;

/** The names of all `CacheOptions`. */
export const CACHE_OPTIONS: readonly string[] = [
  ...ENTRY_OPTIONS,
  'namespace',
  'codec',
  'near',
  'maxConcurrentRefreshes',
];

const NAMESPACE = /^[\w.-]{1,64}$/;

const ENTRY_DEFAULTS: ResolvedEntryOptions = Object.freeze({
  ttlMs: durationMs(CACHE_DEFAULTS.ttl, 'ttl'),
  staleWhileRevalidateMs: CACHE_DEFAULTS.staleWhileRevalidate,
  staleIfErrorMs: CACHE_DEFAULTS.staleIfError,
  jitter: CACHE_DEFAULTS.jitter,
  tags: CACHE_DEFAULTS.tags,
  earlyRefresh: refreshRule(CACHE_DEFAULTS.earlyRefresh),
  negativeTtlMs: undefined,
  errorTtlMs: CACHE_DEFAULTS.errorTtl,
  loadTimeoutMs: durationMs(CACHE_DEFAULTS.loadTimeout, 'loadTimeout'),
  softTimeoutMs: undefined,
  lockTimeoutMs: undefined,
  onLockTimeout: CACHE_DEFAULTS.onLockTimeout,
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
  return mergeEntryOptions(options, path, parent);
}

/** Returns how many loads may run in the background. @throws RedisInfraError OPTION_INVALID */
export function resolveMaxRefreshes({ maxConcurrentRefreshes }: CacheOptions, path: string): number {
  const at = join(path, 'maxConcurrentRefreshes');
  return maxConcurrentRefreshes === undefined
    ? CACHE_DEFAULTS.maxConcurrentRefreshes
    : checkInteger(maxConcurrentRefreshes, at, { min: 1, max: 10_000 });
}

/** Returns a valid namespace name. @throws RedisInfraError OPTION_INVALID */
export function checkNamespace(name: unknown, path: string): string {
  const text = checkString(name, path);
  if (!NAMESPACE.test(text)) throw optionInvalid(path, 'must be 1 to 64 letters, digits, dots, underscores or hyphens');
  return text;
}
