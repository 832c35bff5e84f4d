import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';

/** A change that the store did not apply: a value that was not written, or one that was not removed and may be served again. */
export type SkippedChange = 'write' | 'removal';

/** What a `CacheService` tells those who listen. Keys are as the caller gave them. */
export interface CacheEvents {
  hit: { readonly key: string; readonly layer: 'redis' | 'memory'; readonly stale: boolean };
  miss: { readonly key: string };
  /** A load ended; `ms` is how long it took. */
  load: { readonly key: string; readonly ms: number; readonly outcome: 'ok' | 'error' | 'timeout' };
  /** The store failed a call that the cache answered all the same. `skipped` is what was not applied; undefined for a read. */
  error: { readonly operation: string; readonly error: RedisInfraError; readonly skipped?: SkippedChange | undefined };
  /** A stored value was not what was written here: it was changed, or is not sealed where all must be. It was read as a miss. */
  security: { readonly code: ErrorCode };
}
