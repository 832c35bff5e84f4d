import { CacheService } from '../../../libs/redis/dist/esm/index.js';
import { withoutNearCounts } from '../../metrics/without-statistics.mjs';

export const label = 'CacheService, no metrics';

/** Like cache-service, without any counts of near hits. */
export async function open({ redis, load }) {
  const cache = withoutNearCounts(new CacheService(`redis://${redis.host}:${redis.port}`, { near: { shared: true } }));
  await cache.connect();
  const loader = ({ key }) => load(key);
  return {
    read: (key) => cache.getOrSet(key, loader),
    storeReads: () => cache.stats().hits.redis,
  };
}
