import type { EntryRead, FallbackSource, ScopeVersions, StoredRead, TagVersion } from '../../../domain/entry-store.js';
import type { EntryMeta } from '../../../domain/value-codec.js';

/**
 * What a stored value may be used for:
 * - `fresh`: every read returns it.
 * - `stale`: its `ttl` has ended; the windows of a `getOrSet` decide.
 * - `for-errors`: a tag was invalidated with `keepForErrors`; a `getOrSet` may return it if its load fails.
 * - `expired`, `invalidated`, `absent`: nothing.
 */
export type ValueState = 'fresh' | 'stale' | 'for-errors' | 'expired' | 'invalidated' | 'absent';

/** A stored value as a read sees it. */
export interface JudgedValue<T> {
  readonly state: ValueState;
  /** Undefined if there is no value. It is set for an invalidated value too, which must not be used. */
  readonly value: T | undefined;
  /** Undefined for a plain value. */
  readonly meta: EntryMeta | undefined;
  /** The server time of the read, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The versions that the value was judged by. */
  readonly versions: ScopeVersions;
  /** Set if the store was unavailable and this process answered from a copy. */
  readonly fallback?: FallbackSource | undefined;
}

const NO_TAGS: readonly string[] = [];
const NO_TAG_VERSIONS: readonly TagVersion[] = [];

/**
 * The tags whose versions must be read before the value can be judged. Without an invalidation since the load none of
 * them can have a newer version.
 */
export function tagsToCheck(meta: EntryMeta | undefined, { floor, tagged }: ScopeVersions): readonly string[] {
  const { clock = 0, tags = NO_TAGS } = meta ?? {};
  return clock >= floor && clock < tagged ? tags : NO_TAGS;
}

/** Judges a stored value. `tagVersions` are those of `tagsToCheck`. */
export function judge<T>(
  { stored, nowMs, fallback }: Pick<StoredRead<T>, 'stored' | 'nowMs' | 'fallback'>,
  versions: ScopeVersions,
  tagVersions: readonly TagVersion[],
): JudgedValue<T> {
  const { value, meta } = stored ?? {};
  const state = stored === undefined ? 'absent' : stateOf(meta, nowMs, versions, tagVersions);
  return { state, value, meta, nowMs, versions, fallback };
}

/** Whether a value without tags to check is fresh. For a read that wants nothing else. */
export function isFresh({
  stored,
  nowMs,
  versions,
}: Pick<EntryRead<unknown>, 'stored' | 'nowMs' | 'versions'>): boolean {
  return stored !== undefined && stateOf(stored.meta, nowMs, versions, NO_TAG_VERSIONS) === 'fresh';
}

function stateOf(
  meta: EntryMeta | undefined,
  nowMs: number,
  versions: ScopeVersions,
  tagVersions: readonly TagVersion[],
): ValueState {
  // A plain value has no clock: while a flush removes keys, it may be one of them.
  if (meta === undefined) return versions.isSweeping ? 'invalidated' : 'fresh';
  const { clock = 0, freshUntil = Infinity, expires = Infinity } = meta;
  if (clock < versions.floor || tagVersions.some(({ removed }) => clock < removed)) return 'invalidated';
  if (nowMs >= expires) return 'expired';
  if (tagVersions.some(({ stale }) => clock < stale)) return 'for-errors';
  return nowMs < freshUntil ? 'fresh' : 'stale';
}
