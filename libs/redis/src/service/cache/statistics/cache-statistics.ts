import { isCodecCode, type ErrorCode } from '../../../common/error-codes.js';
import { BucketCounts } from '../../../common/statistics/bucket-counts.js';
import { LOAD_SECONDS, VALUE_BYTES } from '../../../common/statistics/buckets.js';
import { NamedCounts } from '../../../common/statistics/named-counts.js';
import type { CacheLayer } from '../cache-events.js';
import type { CacheCounters } from '../cache-stats.js';
import type { CacheOperation, OperationOutcome } from './cache-operation.js';
import type { CacheSnapshot, InvalidationCause, LoadOutcome, NearSnapshot, RequestCount } from './cache-snapshot.js';
import { OperationStatistics } from './operation-statistics.js';

/** What `CacheCounters` does not count: hits by kind in each layer, durations, sizes, causes. Plain fields. */
export class CacheStatistics {
  /** Hits of near copies whose value is `null`. */
  nearNegative = 0;
  /** Reads that found nothing because the store failed. They are misses too. */
  failedReads = 0;
  readonly valueBytes = new BucketCounts(VALUE_BYTES);
  private readonly redis = { negative: 0, stale: 0 };
  private readonly fallback = { negative: 0, stale: 0 };
  private readonly gets = new OperationStatistics();
  private readonly operations = new Map<CacheOperation, OperationStatistics>();
  private readonly loads = new NamedCounts<LoadOutcome>();
  private readonly loadSeconds = new BucketCounts(LOAD_SECONDS);
  private readonly invalidations = new NamedCounts<InvalidationCause>();
  private readonly codecErrors = new NamedCounts<ErrorCode>();

  /** The operation `get` has ended. It is on the hot path, so it needs no lookup. */
  endedGet(ms: number, outcome: OperationOutcome): void {
    this.gets.ended(ms, outcome);
  }

  /** A read of the store found a value that is not a fresh one other than `null`. */
  foundOther(layer: CacheLayer, isStale: boolean): void {
    const counts = layer === 'fallback' ? this.fallback : this.redis;
    if (isStale) counts.stale++;
    else counts.negative++;
  }

  /** An operation that reached a store has ended. */
  ended(operation: CacheOperation, ms: number, outcome: OperationOutcome): void {
    let statistics = this.operations.get(operation);
    if (statistics === undefined) this.operations.set(operation, (statistics = new OperationStatistics()));
    statistics.ended(ms, outcome);
  }

  loaded(ms: number, outcome: LoadOutcome): void {
    this.loads.add(outcome);
    this.loadSeconds.add(ms / 1000);
  }

  invalidated(cause: InvalidationCause, count: number): void {
    this.invalidations.add(cause, count);
  }

  failed(code: ErrorCode): void {
    if (isCodecCode(code)) this.codecErrors.add(code);
  }

  snapshot(name: string, counters: CacheCounters, near: NearSnapshot | undefined): CacheSnapshot {
    if (this.gets.isUsed) this.operations.set('get', this.gets);
    const { loads, invalidations } = this;
    return {
      name,
      requests: this.requests(counters),
      operations: Object.fromEntries([...this.operations].map(([operation, s]) => [operation, s.snapshot()])),
      loads: { ok: loads.of('ok'), error: loads.of('error'), timeout: loads.of('timeout') },
      loadSeconds: this.loadSeconds.snapshot(),
      coalesced: counters.coalesced,
      invalidations: { key: invalidations.of('key'), tag: invalidations.of('tag'), flush: invalidations.of('flush') },
      codecErrors: this.codecErrors.snapshot(),
      valueBytes: this.valueBytes.snapshot(),
      near,
    };
  }

  private requests({ nearHits, hits, fallbackHits, misses }: CacheCounters): readonly RequestCount[] {
    const { nearNegative, redis, fallback, failedReads } = this;
    return [
      { result: 'hit', layer: 'near', count: nearHits - nearNegative },
      { result: 'negative', layer: 'near', count: nearNegative },
      { result: 'hit', layer: 'redis', count: hits - redis.negative - redis.stale },
      { result: 'negative', layer: 'redis', count: redis.negative },
      { result: 'stale', layer: 'redis', count: redis.stale },
      { result: 'hit', layer: 'fallback', count: fallbackHits - fallback.negative - fallback.stale },
      { result: 'negative', layer: 'fallback', count: fallback.negative },
      { result: 'stale', layer: 'fallback', count: fallback.stale },
      { result: 'miss', layer: 'none', count: misses - failedReads },
      { result: 'error', layer: 'none', count: failedReads },
    ];
  }
}
