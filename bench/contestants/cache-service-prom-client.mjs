import { CacheService } from '../../libs/redis/dist/esm/index.js';
import { countRead } from '../metrics/prom-client.mjs';
import { withoutStatistics } from '../metrics/without-statistics.mjs';

export const label = 'CacheService, prom-client in each get';

/** Like cache-service, with the same counts in prom-client instead of fields. */
export async function open({ host, port }) {
  const cache = withoutStatistics(new CacheService(`redis://${host}:${port}`));
  await cache.connect();
  return {
    get: (key) => {
      const beganMs = performance.now();
      return cache.get(key).then((value) => {
        countRead(beganMs);
        return value;
      });
    },
    decode: (value) => value,
    set: (key, value) => cache.set(key, value, { ttl: null }),
  };
}
