import { CacheService } from '../../libs/redis/dist/esm/index.js';

export const label = 'CacheService, fallback: false';

/** Without near copies, so that Redis answers every read, and without copies for an outage. */
export async function open({ host, port }) {
  const cache = new CacheService(`redis://${host}:${port}`, { fallback: false });
  await cache.connect();
  return {
    get: (key) => cache.get(key),
    decode: (value) => value,
    set: (key, value) => cache.set(key, value, { ttl: null }),
  };
}
