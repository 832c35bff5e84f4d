import type { CacheStore, StoreCapabilities } from '../cache-store.js';

/**
 * Makes an assignment to `can` work on an object that inherits from a store, although the store creates its
 * capabilities on first use: `Object.assign(Object.create(store), { can: { link } })`.
 */
export function replaceCapabilities(store: CacheStore, capabilities: StoreCapabilities | undefined): void {
  Object.defineProperty(store, 'can', { value: capabilities, writable: true, enumerable: true, configurable: true });
}
