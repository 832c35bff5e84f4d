import { durationMs, TEN_YEARS_MS, type Duration } from '../../../common/duration.js';
import { checkCallOptions, join, optionInvalid } from '../../../common/options.js';
import { MAX_TAGS } from '../../../domain/codec/entry-meta.tlv.js';

/** Options of one write. */
export interface SetOptions {
  /** How long the value is fresh; null means that it never expires. @default the cache's `ttl`, '5m' */
  readonly ttl?: Duration | null | undefined;
  /**
   * How long `getOrSet` may return the value after `ttl`, while it is loaded again in the background. 0 means never.
   * @default 0
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /**
   * How long `getOrSet` may return the value after `ttl` and `staleWhileRevalidate` if a load fails or times out. 0
   * means never.
   * @default 0
   */
  readonly staleIfError?: Duration | undefined;
  /**
   * The maximum fraction by which the `ttl` of a loaded value is randomly shortened, so that values do not expire
   * together; 0 to 0.5.
   * @default 0.05
   */
  readonly jitter?: number | undefined;
  /** What the value depends on, for `invalidateTags`: at most 24, each at most 256 bytes of UTF-8. @default [] */
  readonly tags?: readonly string[] | undefined;
}

/** How long a value is fresh, and may be used after that. */
export interface FreshnessWindows {
  /** null means that the value never expires. */
  readonly ttlMs: number | null;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

/** `SetOptions` after checks, with defaults filled in. */
export interface ResolvedSetOptions extends FreshnessWindows {
  readonly jitter: number;
  readonly tags: readonly string[];
}

export const SET_OPTIONS: readonly string[] = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'tags',
] satisfies readonly (keyof SetOptions)[];

/** Options that accept null. */
export const NULLABLE: readonly string[] = ['ttl'];

/** The longest tag in UTF-8 bytes. */
const MAX_TAG_BYTES = 256;

/** A UTF-16 code unit takes at most three bytes of UTF-8, so the bytes of shorter tags are not counted. */
const MAX_UNCOUNTED_CHARS = Math.floor(MAX_TAG_BYTES / 3);

/**
 * Returns the options of one `set`. A duration is a ttl.
 * @throws RedisInfraError OPTION_INVALID
 */
export function resolveSetOptions(
  ttlOrOptions: Duration | SetOptions | undefined,
  defaults: ResolvedSetOptions,
): ResolvedSetOptions {
  if (ttlOrOptions === undefined) return defaults;
  if (typeof ttlOrOptions !== 'object' || ttlOrOptions === null) {
    return checkWindows({ ...defaults, ttlMs: durationMs(ttlOrOptions, 'ttl') }, '');
  }
  checkCallOptions(ttlOrOptions, SET_OPTIONS, '', NULLABLE);
  return checkWindows(mergeSetOptions(ttlOrOptions, '', defaults), '');
}

/** Returns the options with those of `inherited` filled in. The windows are not checked together. */
export function mergeSetOptions(options: SetOptions, path: string, inherited: ResolvedSetOptions): ResolvedSetOptions {
  const { ttl, staleWhileRevalidate, staleIfError, jitter = inherited.jitter, tags } = options;
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 0.5)) {
    throw optionInvalid(join(path, 'jitter'), 'must be a number from 0 to 0.5');
  }
  const windowMs = (window: Duration | undefined, name: string, inheritedMs: number): number => {
    if (window !== undefined) return durationMs(window, join(path, name), { minMs: 0 });
    // A value that never expires has no stale windows.
    return ttl === null ? 0 : inheritedMs;
  };
  return {
    ttlMs: resolveTtl(ttl, path, inherited.ttlMs),
    staleWhileRevalidateMs: windowMs(staleWhileRevalidate, 'staleWhileRevalidate', inherited.staleWhileRevalidateMs),
    staleIfErrorMs: windowMs(staleIfError, 'staleIfError', inherited.staleIfErrorMs),
    jitter,
    tags: tags === undefined ? inherited.tags : checkTags(tags, join(path, 'tags')),
  };
}

/**
 * Returns the options, if their windows do not contradict each other.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkWindows<O extends FreshnessWindows>(options: O, path: string): O {
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs } = options;
  const staleMs = staleWhileRevalidateMs + staleIfErrorMs;
  if (ttlMs === null && staleMs > 0) {
    const name = staleWhileRevalidateMs > 0 ? 'staleWhileRevalidate' : 'staleIfError';
    throw optionInvalid(join(path, name), 'must be 0 with ttl: null, because such a value never becomes stale');
  }
  if ((ttlMs ?? 0) + staleMs > TEN_YEARS_MS) {
    throw optionInvalid(
      join(path, 'ttl'),
      'must be at most 10 years together with staleWhileRevalidate and staleIfError',
    );
  }
  return options;
}

/** Returns the tags. @throws RedisInfraError OPTION_INVALID */
export function checkTags(tags: unknown, path: string): readonly string[] {
  if (!Array.isArray(tags)) throw optionInvalid(path, 'must be an array of strings');
  if (tags.length > MAX_TAGS) throw optionInvalid(path, `must be at most ${MAX_TAGS} tags`);
  tags.forEach((tag: unknown, i) => {
    if (typeof tag !== 'string' || tag === '' || !tag.isWellFormed() || isTooLong(tag)) {
      throw optionInvalid(`${path}[${i}]`, `must be a non-empty string of at most ${MAX_TAG_BYTES} bytes of UTF-8`);
    }
  });
  return tags;
}

function isTooLong(tag: string): boolean {
  return tag.length > MAX_UNCOUNTED_CHARS && Buffer.byteLength(tag) > MAX_TAG_BYTES;
}

function resolveTtl(ttl: Duration | null | undefined, path: string, inherited: number | null): number | null {
  if (ttl === undefined) return inherited;
  return ttl === null ? null : durationMs(ttl, join(path, 'ttl'));
}
