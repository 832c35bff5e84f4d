import { createKeyvNonBlocking } from '@keyv/redis';
import { Cacheable } from 'cacheable';

export const label = 'cacheable, nonBlocking';

/** Memory in front of Redis, as its documentation advises against an outage of Redis. */
export async function open({ url }) {
  const cache = new Cacheable({ secondary: createKeyvNonBlocking(url), nonBlocking: true, ttl: '10m' });
  cache.on('error', () => {});
  return {
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.get(key),
    remove: (key) => cache.delete(key),
  };
}
