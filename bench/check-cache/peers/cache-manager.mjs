import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';

export function open(store) {
  const cache = createCache({ stores: [new Keyv({ store })] });
  return {
    getOrSet: (key, loader) => cache.wrap(key, loader, 60_000),
    delete: (key) => cache.del(key),
    disconnect: () => cache.disconnect(),
  };
}
