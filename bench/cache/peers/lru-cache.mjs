import { LRUCache } from 'lru-cache';

export const label = 'lru-cache';

/** A cache of one process, for comparison: nothing keeps it up to date. */
export async function open({ load, keys }) {
  const cache = new LRUCache({ max: 10_000 });
  for (const key of keys) cache.set(key, await load(key));
  return { read: (key) => cache.get(key) };
}
