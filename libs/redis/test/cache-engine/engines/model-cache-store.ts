import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { CacheStore, StoreCapabilities } from '../../../src/domain/cache-store.js';

/** A store that has entries, and no other method that histories use. */
export class ModelCacheStore implements CacheStore {
  readonly can: StoreCapabilities;
  readonly get = notInHistories;
  readonly getMany = notInHistories;
  readonly set = notInHistories;
  readonly setMany = notInHistories;
  readonly delete = notInHistories;
  readonly deleteMany = notInHistories;
  readonly has = notInHistories;
  readonly hset = notInHistories;
  readonly hget = notInHistories;
  readonly hgetall = notInHistories;
  readonly hdel = notInHistories;
  readonly expire = notInHistories;
  readonly incr = notInHistories;
  readonly clear: CacheStore['clear'] = notInHistories;

  constructor(
    capabilities: StoreCapabilities,
    readonly ttl: CacheStore['ttl'],
  ) {
    this.can = Object.freeze(capabilities);
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }
}

function notInHistories(): Promise<never> {
  return Promise.reject(new RedisInfraError('UNSUPPORTED', 'the cache must use the entries of this store'));
}
