import { FallbackCache } from '../../../src/service/fallback/fallback.cache.js';
import type { FallbackEngine } from './fallback-engine.js';

/** `FallbackCache` itself. */
export const fallbackCacheEngine: FallbackEngine = {
  name: 'FallbackCache',
  create({ primary, environment, storage, maxStaleMs, journalLimit }) {
    const store = new FallbackCache(primary, { maxStale: `${maxStaleMs}ms`, journalLimit }, { environment, storage });
    const isRecovered = (): boolean => {
      const { active, journal } = store.status();
      return !active && journal === 0;
    };
    return { store, isRecovered };
  },
};
