import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, CallOptions } from '../cache-store.js';

/**
 * Returns a view of a store whose calls have these limits.
 * @throws RedisInfraError UNSUPPORTED if the store has no `with()`; OPTION_INVALID
 */
export function withCallLimits(store: CacheStore, call: CallOptions): CacheStore {
  if (hasLimits(store)) return store.with(call);
  throw new RedisInfraError('UNSUPPORTED', 'this store has no with() and does not support limits per call');
}

function hasLimits(store: CacheStore): store is CacheStore & { with(call: CallOptions): CacheStore } {
  return 'with' in store && typeof store.with === 'function';
}
