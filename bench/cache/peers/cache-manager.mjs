import { createKeyv } from '@keyv/redis';
import { createCache } from 'cache-manager';
import { CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';

export const label = 'cache-manager, 2 stores';

/** The two stores of its documentation. It has no bus: a write of another process is not seen before the ttl. */
export async function open({ redis, load }) {
  const memory = new Keyv({ store: new CacheableMemory({ ttl: '5m', lruSize: 10_000, useClone: false }) });
  const cache = createCache({ ttl: 300_000, stores: [memory, createKeyv(`redis://${redis.host}:${redis.port}`)] });
  return { read: (key) => cache.wrap(key, () => load(key)) };
}
