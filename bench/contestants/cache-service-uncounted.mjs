import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { withoutStatistics } from '../metrics/without-statistics.mjs';

export const label = 'CacheService, no metrics';

/** Like cache-service, without what is counted for metrics. */
export async function open({ host, port }) {
  const cache = withoutStatistics(new CacheService(`redis://${host}:${port}`));
  await cache.connect();
  return {
    get: (key) => cache.get(key),
    decode: (value) => value,
    set: (key, value) => cache.set(key, value, { ttl: null }),
  };
}
