import { createCache } from 'async-cache-dedupe';

export function open(store) {
  const storage = {
    get: (key) => store.get(key),
    set: (key, value) => store.set(key, value),
    remove: (key) => store.delete(key),
    invalidate: async () => {},
    clear: () => store.clear(),
    refresh: async () => {},
    getTTL: async () => 60,
    exists: (key) => store.has(key),
  };
  const cache = createCache({ ttl: 60, storage: { type: 'custom', options: { storage } } });
  let current;
  cache.define('load', () => current());
  return {
    getOrSet(key, loader) {
      current = loader;
      return cache.load(key);
    },
    delete: (key) => cache.clear('load', key),
    disconnect: async () => {},
  };
}
