import { FallbackCache } from '../../../src/service/fallback/fallback.cache.js';
import type { FallbackEngine } from './fallback-engine.js';

/** `FallbackCache` itself. */
export const fallbackCacheEngine: FallbackEngine = {
  name: 'FallbackCache',
  create({ primary, environment, storage, maxStaleMs, journalLimit }) {
    // A small bound: the memory of the copies is allocated for it in advance.
    const options = { maxStale: `${maxStaleMs}ms`, journalLimit, maxEntries: 100 } as const;
    const store = new FallbackCache(primary, options, { environment, storage });
    const isRecovered = (): boolean => {
      const { active, journal } = store.status();
      return !active && journal === 0;
    };
    return { store, isRecovered };
  },
};
