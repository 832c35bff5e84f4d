import { definedMembers } from '../../../common/defined-members.js';
import { byteSize, type ByteSize } from '../../../common/byte-size.js';
import { durationMs, type Duration } from '../../../common/duration.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, join, optionInvalid } from '../../../common/options.js';

/**
 * How near copies stay up to date:
 * - `tracking`: the server reports each change of a key, by any client.
 * - `ttl`: copies live at most `ttl`, for servers that report no changes.
 */
export type Coherence = 'tracking' | 'ttl';

/** Options of the near cache: copies of values in the memory of the process. */
export interface NearOptions {
  /** Maximum number of copies, 1 to 10 million. Beyond it one that was not used for long is dropped. @default 10_000 */
  readonly maxEntries?: number | undefined;
  /** Approximate maximum memory of all copies. Beyond it one that was not used for long is dropped. @default 67_108_864 */
  readonly maxBytes?: ByteSize | undefined;
  /**
   * The longest time that a copy is used, also if the value is fresh for longer.
   * @default the value's own; '2s' without tracking
   */
  readonly ttl?: Duration | undefined;
  /**
   * How copies stay up to date. If the server does not permit tracking, the cache falls back to `ttl`, with at most 2 s.
   * With `readFrom: 'prefer-replica'` there are no copies, because a replica may return an older value.
   * @default 'tracking'
   */
  readonly coherence?: Coherence | undefined;
  /**
   * Whether hits return the same deeply frozen object instead of a copy of it. Values that contain anything but plain
   * objects and arrays are copied all the same, because a `Date` or a `Map` cannot be frozen.
   * @default false
   */
  readonly shared?: boolean | undefined;
}

export interface ResolvedNearOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** undefined is the value's own. */
  readonly ttlMs: number | undefined;
  readonly coherence: Coherence;
  readonly shared: boolean;
}

/** The names of all options. */
export const NEAR_OPTIONS = ['maxEntries', 'maxBytes', 'ttl', 'coherence', 'shared'] as const;

export const NEAR_DEFAULTS = {
  maxEntries: 10_000,
  maxBytes: 67_108_864,
  coherence: 'tracking',
  shared: false,
} as const satisfies NearOptions;

/** The longest use of a copy without tracking, unless `ttl` says otherwise. */
export const UNTRACKED_TTL_MS = 2000;

/** V8 holds at most 16.7 million entries in one Map. */
const MAX_ENTRIES = 10_000_000;

/**
 * Resolves the option `near` of a cache. Undefined if there are no near copies.
 * @throws RedisInfraError OPTION_INVALID with the path of the option
 */
export function resolveNear(near: boolean | NearOptions | undefined, path: string): ResolvedNearOptions | undefined {
  const options = typeof near === 'object' ? near : checkBoolean(near ?? false, path) ? {} : undefined;
  if (options === undefined) return undefined;
  checkOptions(options, NEAR_OPTIONS, path);
  const { maxEntries, maxBytes, ttl, coherence, shared } = { ...NEAR_DEFAULTS, ...definedMembers(options) };
  return Object.freeze({
    maxEntries: checkInteger(maxEntries, join(path, 'maxEntries'), { min: 1, max: MAX_ENTRIES }),
    maxBytes: byteSize(maxBytes, join(path, 'maxBytes')),
    ttlMs: ttl === undefined ? undefined : durationMs(ttl, join(path, 'ttl')),
    coherence: checkOneOf(coherence, join(path, 'coherence'), ['tracking', 'ttl']),
    shared: checkBoolean(shared, join(path, 'shared')),
  });
}

/**
 * Resolves the option `near` of a namespace: its copies are in the memory of the cache, so only `false` and `true` make
 * sense.
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveNamespaceNear(near: unknown, inherited: boolean): boolean {
  if (near === undefined) return inherited;
  if (near === false || (near === true && inherited)) return near;
  throw optionInvalid(
    'near',
    'must be false or omitted: all namespaces share the copies of the cache, so set it there',
  );
}
