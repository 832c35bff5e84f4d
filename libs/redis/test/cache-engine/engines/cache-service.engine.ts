import { CacheContext } from '../../../src/service/cache/cache-context.js';
import { CacheService } from '../../../src/service/cache/cache.service.js';
import type { CacheUnderTest, Engine, EngineParts } from './engine-under-test.js';
import { ModelCacheStore } from './model-cache-store.js';

/** `CacheService`, on the entries and the feed of a simulated process. */
export const cacheServiceEngine: Engine = {
  name: 'CacheService',
  keepsNearCopies: false,
  create({ entries, feed, clock, timers, random, options }: EngineParts): CacheUnderTest {
    const ms = (value: number): `${number}ms` => `${value}ms`;
    const context = CacheContext.create(
      new ModelCacheStore(entries, feed),
      {
        ttl: ms(options.ttlMs),
        staleWhileRevalidate: ms(options.staleWhileRevalidateMs),
        staleIfError: ms(options.staleIfErrorMs),
        errorTtl: ms(options.errorTtlMs),
        loadTimeout: ms(options.loadTimeoutMs),
        lockTimeout: ms(options.lockTimeoutMs),
        ...(options.hasEarlyRefresh ? {} : { earlyRefresh: false }),
      },
      '',
      { clock, timers, random },
    );
    return new CacheService(context);
  },
};
