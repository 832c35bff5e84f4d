import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';

export function open(store) {
  const driver = { options: {}, factory: () => new SharedDriver(store) };
  const cache = new BentoCache({
    default: 'both',
    ttl: '1m',
    stores: { both: bentostore().useL1Layer(memoryDriver()).useL2Layer(driver) },
  });
  return {
    hasNearCopies: true,
    getOrSet: (key, loader) => cache.getOrSet({ key, factory: loader }),
    delete: (key) => cache.delete({ key }),
    disconnect: () => cache.disconnectAll(),
  };
}

/** The interface of a driver of bentocache. */
class SharedDriver {
  type = 'l2';

  constructor(store) {
    this.store = store;
  }

  namespace() {
    return this;
  }

  get(key) {
    return this.store.get(key);
  }

  set(key, value) {
    return this.store.set(key, value);
  }

  delete(key) {
    return this.store.delete(key);
  }

  async deleteMany(keys) {
    await Promise.all(keys.map((key) => this.store.delete(key)));
    return true;
  }

  clear() {
    return this.store.clear();
  }

  async disconnect() {}
}
