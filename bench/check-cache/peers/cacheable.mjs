import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';

export function open(store) {
  const cache = new Cacheable({ secondary: new Keyv({ store }), ttl: '1m' });
  return {
    hasNearCopies: true,
    getOrSet: (key, loader) => cache.getOrSet(key, loader, { ttl: '1m', throwErrors: true }),
    delete: (key) => cache.delete(key),
    disconnect: () => cache.disconnect(),
  };
}
