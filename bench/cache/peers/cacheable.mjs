import { createKeyv } from '@keyv/redis';
import { Cacheable, KeyvCacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';

export const label = 'cacheable';

/**
 * Memory and Redis. `useClone: false`, so that a hit returns the same object. Its bus needs Node.js 22; a hit does not use
 * it.
 */
export async function open({ redis, load }) {
  const store = new KeyvCacheableMemory({ lruSize: 10_000, useClone: false });
  const cache = new Cacheable({
    primary: new Keyv({ store, serialize: undefined, deserialize: undefined }),
    secondary: createKeyv(`redis://${redis.host}:${redis.port}`),
    ttl: '5m',
  });
  return { read: (key) => cache.getOrSet(key, () => load(key)) };
}
