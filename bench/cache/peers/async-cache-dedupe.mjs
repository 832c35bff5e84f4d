import { createCache } from 'async-cache-dedupe';

export const label = 'async-cache-dedupe';

/** Its memory storage. It has no tier in front of Redis: the storage is one or the other. */
export async function open({ load }) {
  const cache = createCache({ ttl: 300, storage: { type: 'memory', options: { size: 10_000 } } });
  cache.define('read', load);
  return { read: (key) => cache.read(key) };
}
