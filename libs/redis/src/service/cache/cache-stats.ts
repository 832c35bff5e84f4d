import type { ErrorCode } from '../../common/error-codes.js';
import type { NearStats } from './near/near-copies.js';

/** Counts of one namespace since it was created in this process. */
export interface CacheStats {
  /**
   * Reads that found a value: in a near copy, in the store, or in a copy of the fallback. Hits of the embedded store count
   * as `redis`.
   */
  readonly hits: { readonly near: number; readonly redis: number; readonly fallback: number };
  /** Reads that found no value. */
  readonly misses: number;
  /** Values that were returned although they were not fresh. */
  readonly stale: number;
  /** Hits whose value is `null`. */
  readonly negative: number;
  /** Loads started. */
  readonly loads: number;
  /** Loads that rejected or timed out. */
  readonly loadErrors: number;
  /** Calls that shared a running load of this process, or waited for one of another process. */
  readonly coalesced: number;
  /**
   * Writes and removals that were neither applied nor journaled, because the store refused the value or is unavailable and
   * has no fallback.
   */
  readonly skippedWrites: number;
  /** Failures of the store, by error code. */
  readonly errors: Readonly<Record<string, number>>;
  /** One for each key passed to `delete`, `deleteMany` or `invalidate`, for each tag, and for each flush. */
  readonly invalidations: number;
  /** The near copies of the cache, which its namespaces share; all 0 without them. */
  readonly near: NearStats;
}

const NO_COPIES: NearStats = Object.freeze({ entries: 0, bytes: 0, evictions: 0 });

/** The counters of one namespace. */
export class CacheCounters {
  hits = 0;
  nearHits = 0;
  fallbackHits = 0;
  misses = 0;
  stale = 0;
  negative = 0;
  loads = 0;
  loadErrors = 0;
  coalesced = 0;
  skippedWrites = 0;
  invalidations = 0;
  private readonly errors = new Map<ErrorCode, number>();

  failed(code: ErrorCode): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  snapshot(near: NearStats = NO_COPIES): CacheStats {
    const { misses, stale, negative, loads, loadErrors, coalesced, skippedWrites, invalidations } = this;
    return {
      hits: { near: this.nearHits, redis: this.hits, fallback: this.fallbackHits },
      misses,
      stale,
      negative,
      loads,
      loadErrors,
      coalesced,
      skippedWrites,
      errors: Object.fromEntries(this.errors),
      invalidations,
      near,
    };
  }
}
