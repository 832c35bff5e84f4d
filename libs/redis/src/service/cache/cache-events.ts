import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/**
 * A change that the store did not apply: a value that was not written, or one that was not removed and may be read
 * again.
 */
export type SkippedChange = 'write' | 'removal';

/**
 * Where a read found a value: in a near copy, in Redis, in the embedded store, or in a copy for the time while Redis is
 * unavailable.
 */
export type CacheLayer = 'near' | 'redis' | 'memory' | 'fallback';

/** The events of a `CacheService`. Keys are those of the caller, without prefix and namespace. */
export interface CacheEvents {
  /** A read found a value in `layer`. `stale` means that its `ttl` has ended. */
  hit: { readonly key: string; readonly layer: CacheLayer; readonly stale: boolean };
  /** A read found no value that it may return. */
  miss: { readonly key: string };
  /** A caller got a value that is not fresh. */
  stale: { readonly key: string };
  /** A load ended after `ms` milliseconds. */
  load: { readonly key: string; readonly ms: number; readonly outcome: 'ok' | 'error' | 'timeout' };
  /**
   * The store failed, and the cache call did not reject. `skipped` is the change that was not applied; undefined for a
   * read.
   */
  error: { readonly operation: string; readonly error: RedisInfraError; readonly skipped?: SkippedChange | undefined };
  /** The store is unavailable, and the fallback answers. `since` is in milliseconds since 1970. */
  degraded: { readonly since: number };
  /** The store is available again. `replayed` is the number of invalidations that were applied late. */
  recovered: { readonly downMs: number; readonly replayed: number };
  /**
   * These shards of a `ShardedCache` did not answer a read of several keys: their keys are missing, or copies of the
   * fallback.
   */
  partial: { readonly shards: readonly string[] };
  /**
   * Near copies live at most 2 s from now on, because the store does not report changes; with reads from replicas there
   * are none. `code` is the refusal of the server; undefined if the store has no feed.
   */
  untracked: { readonly code: ErrorCode | undefined };
  /**
   * A stored value was changed by another writer, or is not sealed although encryption is required. The read is a miss.
   */
  security: { readonly code: ErrorCode };
}
