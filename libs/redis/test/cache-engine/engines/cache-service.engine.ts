import { CacheContext } from '../../../src/service/cache/cache-context.js';
import { CacheService } from '../../../src/service/cache/cache.service.js';
import type { CacheUnderTest, Engine, EngineParts } from './engine-under-test.js';
import { ModelCacheStore } from './model-cache-store.js';

/** More than the keys of a history. A cache allocates the memory for all of them when it is created. */
const NEAR_ENTRIES = 16;

/** `CacheService`, on the entries and the feed of a simulated process. */
export const cacheServiceEngine: Engine = {
  name: 'CacheService',
  keepsNearCopies: true,
  create({ entries, feed, ttl, clock, timers, random, options }: EngineParts): CacheUnderTest {
    const ms = (value: number): `${number}ms` => `${value}ms`;
    const context = CacheContext.create(
      new ModelCacheStore({ entries, feed }, ttl),
      {
        ttl: ms(options.ttlMs),
        staleWhileRevalidate: ms(options.staleWhileRevalidateMs),
        staleIfError: ms(options.staleIfErrorMs),
        errorTtl: ms(options.errorTtlMs),
        loadTimeout: ms(options.loadTimeoutMs),
        lockTimeout: ms(options.lockTimeoutMs),
        near: options.hasNearCopies && { maxEntries: NEAR_ENTRIES },
        ...(options.hasEarlyRefresh ? {} : { earlyRefresh: false }),
      },
      '',
      { clock, timers, random },
    );
    return new CacheService(context);
  },
};
