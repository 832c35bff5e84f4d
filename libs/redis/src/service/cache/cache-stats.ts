import type { ErrorCode } from '../../common/error-codes.js';

/** Plain counts since the cache was made. */
export interface CacheStats {
  readonly hits: Readonly<Record<'near' | 'redis' | 'fallback', number>>;
  readonly misses: number;
  /** Values served past their freshness. */
  readonly stale: number;
  /** Hits that were `null`. */
  readonly negative: number;
  readonly loads: number;
  readonly loadErrors: number;
  /** Callers who shared a load that was already running. */
  readonly coalesced: number;
  /** Writes and removals that the store did not take, because it was away. */
  readonly skippedWrites: number;
  /** Failures of the store, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Keys and namespaces that were invalidated. */
  readonly invalidations: number;
  readonly near: { readonly entries: number; readonly bytes: number; readonly evictions: number };
}

/** The counts of one namespace: counting is adding one to a field. */
export class CacheCounters {
  hits = 0;
  misses = 0;
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

  snapshot(): CacheStats {
    const { misses, negative, loads, loadErrors, coalesced, skippedWrites, invalidations } = this;
    return {
      hits: { near: 0, redis: this.hits, fallback: 0 },
      misses,
      stale: 0,
      negative,
      loads,
      loadErrors,
      coalesced,
      skippedWrites,
      errors: Object.fromEntries(this.errors),
      invalidations,
      near: { entries: 0, bytes: 0, evictions: 0 },
    };
  }
}
