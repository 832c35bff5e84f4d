import { CacheService } from '../../libs/redis/dist/esm/index.js';

export const label = 'CacheService';

/** Without near copies, so that Redis answers every read. */
export async function open({ host, port }) {
  const cache = new CacheService(`redis://${host}:${port}`);
  await cache.connect();
  return {
    get: (key) => cache.get(key),
    decode: (value) => value,
    set: (key, value) => cache.set(key, value, { ttl: null }),
  };
}
