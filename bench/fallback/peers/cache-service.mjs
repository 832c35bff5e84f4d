import { CacheService } from '../../../libs/redis/dist/esm/index.js';

export const label = 'CacheService';

/** The defaults. */
export async function open({ url }) {
  const cache = new CacheService(url);
  await cache.connect();
  return {
    set: (key, value) => cache.set(key, value, '10m'),
    get: (key) => cache.get(key),
    remove: (key) => cache.delete(key),
    isActive: () => cache.store.can.fallback.status().active,
    onRecovered: (handler) => cache.on('recovered', handler),
  };
}
