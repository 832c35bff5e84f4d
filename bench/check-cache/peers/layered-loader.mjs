import { Loader } from 'layered-loader';

const TTL_MS = 60_000;

export function open(store) {
  let current;
  const asyncCache = {
    get: (key) => store.get(key),
    getMany: async (keys) => ({ resolvedValues: [], unresolvedKeys: keys }),
    set: (key, value) => store.set(key, value),
    setMany: (entries) => Promise.all(entries.map(({ key, value }) => store.set(key, value))),
    delete: (key) => store.delete(key),
    deleteMany: (keys) => Promise.all(keys.map((key) => store.delete(key))),
    clear: () => store.clear(),
    close: async () => {},
    getExpirationTime: async () => undefined,
  };
  const loader = new Loader({
    inMemoryCache: { ttlInMsecs: TTL_MS, maxItems: 100 },
    asyncCache,
    dataSourceGetOneFn: () => current(),
    throwIfLoadError: true,
  });
  return {
    hasNearCopies: true,
    getOrSet(key, load) {
      current = load;
      return loader.get(key);
    },
    delete: (key) => loader.invalidateCacheFor(key),
    disconnect: () => asyncCache.close(),
  };
}
