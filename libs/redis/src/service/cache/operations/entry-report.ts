import { describeBytes } from '../../../domain/codec/describe-bytes.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { FallbackSource } from '../../../domain/entry-store.js';
import type { CacheLayer } from '../cache-events.js';
import type { JudgedValue, ValueState } from '../entry/entry-validity.js';

/** The result of `CacheService.inspect`. */
export interface EntryReport {
  /** The key, as passed to `inspect`. */
  readonly key: string;
  /** The layer in which a read would find the value; `none` if there is no value. */
  readonly tier: CacheLayer | 'none';
  /**
   * - `fresh`: every read finds it.
   * - `stale`: its `ttl` has ended. `getOrSet` may return it within its windows; other reads miss.
   * - `expired`: its windows have ended.
   * - `invalidated`: a flush, or an invalidation of a tag, is newer.
   * - `absent`: there is nothing.
   */
  readonly state: 'fresh' | 'stale' | 'expired' | 'invalidated' | 'absent';
  /** The time since the value was written, in milliseconds; undefined if it is not known. */
  readonly ageMs: number | undefined;
  /** The remaining time as a fresh value in milliseconds; null if it never ends, undefined if it is not fresh. */
  readonly ttlMs: number | null | undefined;
  /** The hashes of the tags of the value, as 16 hex digits: the tags themselves are not stored. */
  readonly tags: readonly string[];
  /** The stored size in bytes; undefined if there is no value or the store does not provide it. */
  readonly bytes: number | undefined;
  /**
   * How the value is encoded: `plain`, or for example `envelope: json, deflate-raw, sealed`. Undefined like `bytes`.
   */
  readonly codec: string | undefined;
  /** The report as sentences. */
  readonly why: string;
}

/** What is known about a key. */
export interface EntryFacts {
  readonly key: string;
  readonly tier: CacheLayer;
  readonly read: JudgedValue<unknown>;
  /** The result of `CacheStore.ttl`: seconds, null or undefined. */
  readonly ttl: number | null | undefined;
  /** The stored bytes; undefined if the store does not provide them or the key holds another type. */
  readonly bytes: Buffer | undefined;
  /** A load of the key is running in this process. */
  readonly loading: boolean;
}

const PLACES: Readonly<Record<EntryFacts['tier'], string>> = {
  near: 'Redis, and a copy is in the memory of this process',
  redis: 'Redis',
  memory: 'the memory of this process',
  fallback: 'a copy in this process, because Redis is unavailable',
};

const REASONS: Readonly<Record<Exclude<ValueState, 'fresh' | 'absent'>, string>> = {
  stale: 'Its ttl has ended. getOrSet may return it within staleWhileRevalidate or staleIfError; other reads miss',
  'for-errors': 'One of its tags was invalidated with keepForErrors. getOrSet may return it if its load fails',
  expired: 'Its ttl and its stale windows have ended: a read is a miss',
  invalidated: 'A flush, or an invalidation of one of its tags, is newer than its load: a read is a miss',
};

/** Describes what a store that replied keeps under a key. */
export function reportEntry({ key, tier, read, ttl, bytes, loading }: EntryFacts): EntryReport {
  const { state, meta, nowMs } = read;
  const running = loading ? ' A load for it is running in this process.' : '';
  if (state === 'absent') {
    return { ...absent(key, `${absence(ttl, bytes)}: a read is a miss.${running}`), bytes: bytes?.length };
  }
  const ttlMs = state === 'fresh' ? freshMs(read, ttl) : undefined;
  const where = `The value is in ${PLACES[tier]}`;
  const because = state === 'fresh' ? `; ${remaining(ttlMs)}.` : `. ${REASONS[state]}.`;
  return {
    key,
    tier,
    state: state === 'for-errors' ? 'stale' : state,
    ageMs: meta?.created === undefined ? undefined : Math.max(0, nowMs - meta.created),
    ttlMs,
    tags: meta?.tags ?? [],
    bytes: bytes?.length,
    codec: bytes && describeBytes(bytes),
    why: where + because + running,
  };
}

/** Describes what the fallback answers while the store is unavailable. */
export function reportFallback(key: string, read: JudgedValue<unknown>, { ageMs }: FallbackSource): EntryReport {
  if (read.state === 'absent')
    return absent(key, 'Redis is unavailable, and this process has no copy: a read is a miss.');
  const report = reportEntry({ key, tier: 'fallback', read, ttl: undefined, bytes: undefined, loading: false });
  return { ...report, why: `${report.why} Redis confirmed the value ${(ageMs / 1000).toFixed(1)} s ago.` };
}

/** Describes a key while the store is unavailable. */
export function reportUnavailable(key: string, failure: RedisInfraError): EntryReport {
  return absent(key, `The store is unavailable (${failure.code}): a read is a miss, and getOrSet loads.`);
}

function absent(key: string, why: string): EntryReport {
  const nothing = { ageMs: undefined, ttlMs: undefined, tags: [], bytes: undefined, codec: undefined };
  return { key, tier: 'none', state: 'absent', ...nothing, why };
}

function absence(ttl: number | null | undefined, bytes: Buffer | undefined): string {
  if (ttl === undefined) return 'Nothing is stored under this key';
  return bytes === undefined
    ? 'The key holds a hash, which get() does not read'
    : 'The stored value cannot be decoded with this configuration';
}

function freshMs({ meta, nowMs }: JudgedValue<unknown>, ttl: number | null | undefined): number | null | undefined {
  if (meta !== undefined) return meta.freshUntil === undefined ? null : meta.freshUntil - nowMs;
  return typeof ttl === 'number' ? ttl * 1000 : ttl;
}

function remaining(ttlMs: number | null | undefined): string {
  return typeof ttlMs === 'number' ? `it is fresh for another ${(ttlMs / 1000).toFixed(1)} s` : 'it never expires';
}
