import { CacheService } from '../../../libs/redis/dist/esm/index.js';
import { countNearHit } from '../../metrics/prom-client.mjs';
import { withoutNearCounts } from '../../metrics/without-statistics.mjs';

export const label = 'CacheService, prom-client in each hit';

/** Like cache-service, with the count in prom-client instead of a field. */
export async function open({ redis, load }) {
  const cache = withoutNearCounts(new CacheService(`redis://${redis.host}:${redis.port}`, { near: { shared: true } }));
  cache.context.namespaceState.recordNearHit = countNearHit;
  await cache.connect();
  const loader = ({ key }) => load(key);
  return {
    read: (key) => cache.getOrSet(key, loader),
    storeReads: () => cache.stats().hits.redis,
  };
}
