import type { CacheStore } from '../cache-store.js';

/** Whether somebody gave a store, where a connection would do as well. */
export function isStore(source: unknown): source is CacheStore {
  const { get, set, getMany } = (source ?? {}) as Partial<CacheStore>;
  return typeof get === 'function' && typeof set === 'function' && typeof getMany === 'function';
}
