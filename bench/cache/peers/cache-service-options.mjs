import { CacheService } from '../../../libs/redis/dist/esm/index.js';

export const label = 'CacheService, inline options';

/** A new object of options for each call, as applications write it. */
export async function open({ redis, load }) {
  const cache = new CacheService(`redis://${redis.host}:${redis.port}`, { near: { shared: true } });
  await cache.connect();
  return {
    read: (key) => cache.getOrSet(key, () => load(key), { ttl: '10m', staleIfError: '1h', tags: ['city'] }),
    storeReads: () => cache.stats().hits.redis,
  };
}
