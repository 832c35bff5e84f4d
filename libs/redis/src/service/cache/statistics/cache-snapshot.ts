import type { ErrorCode } from '../../../common/error-codes.js';
import type { BucketSnapshot } from '../../../common/statistics/bucket-counts.js';
import type { CacheOperation, OperationOutcome } from './cache-operation.js';

/** The result of the read of one key. `negative`: the value is `null`. `error`: the store failed, and nothing was found. */
export type RequestResult = 'hit' | 'miss' | 'stale' | 'negative' | 'error';

/** Where a read found its value: `redis` is also the embedded store, `none` is for a miss and an error. */
export type RequestLayer = 'near' | 'redis' | 'fallback' | 'none';

/** The reads with one result in one layer. Each read is in one of them. */
export interface RequestCount {
  readonly result: RequestResult;
  readonly layer: RequestLayer;
  readonly count: number;
}

/** One operation of a cache. */
export interface OperationSnapshot {
  readonly outcomes: Readonly<Record<OperationOutcome, number>>;
  readonly seconds: BucketSnapshot;
}

/** What a load ended with. */
export type LoadOutcome = 'ok' | 'error' | 'timeout';

/** What an invalidation names: a key (also by `delete`), a tag, or everything in the namespace. */
export type InvalidationCause = 'key' | 'tag' | 'flush';

/** Why near copies were dropped for others: `maxEntries` or `maxBytes`. */
export interface NearEvictions {
  readonly entries: number;
  readonly bytes: number;
}

/** The near copies of a cache, which its namespaces share. */
export interface NearSnapshot {
  readonly entries: number;
  /** Their approximate memory. */
  readonly bytes: number;
  readonly evictions: NearEvictions;
}

/** The statistics of one namespace since it was created in this process. */
export interface CacheSnapshot {
  /** The names of the root namespace and of those inside it, joined by colons: `cache`, `cache:users`. */
  readonly name: string;
  readonly requests: readonly RequestCount[];
  /** The operations that reached a store. A near hit is none. An operation without a call is absent. */
  readonly operations: Readonly<Partial<Record<CacheOperation, OperationSnapshot>>>;
  readonly loads: Readonly<Record<LoadOutcome, number>>;
  readonly loadSeconds: BucketSnapshot;
  /** Calls that shared a running load. */
  readonly coalesced: number;
  readonly invalidations: Readonly<Record<InvalidationCause, number>>;
  /** Values that could not be encoded or decoded, by error code. */
  readonly codecErrors: Readonly<Partial<Record<ErrorCode, number>>>;
  /** The stored sizes of the values that reads found in the store. */
  readonly valueBytes: BucketSnapshot;
  /** Undefined for a namespace inside another one, and without near copies. */
  readonly near: NearSnapshot | undefined;
}
