import { CacheService } from '../../../libs/redis/dist/esm/index.js';

export const label = 'CacheService';

/** `shared`: hits return the same frozen object. By default each hit returns an object of its own. */
export async function open({ redis, load }, { shared } = { shared: true }) {
  const cache = new CacheService(`redis://${redis.host}:${redis.port}`, { near: { shared } });
  await cache.connect();
  // One loader for all keys, as layered-loader and async-cache-dedupe have it.
  const loader = ({ key }) => load(key);
  return {
    read: (key) => cache.getOrSet(key, loader),
    storeReads: () => cache.stats().hits.redis,
  };
}
