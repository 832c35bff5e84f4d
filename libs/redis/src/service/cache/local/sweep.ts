import type { CacheStore } from '../../../domain/cache-store.js';

/**
 * Removes every key of the store that begins with the prefix and returns how many. A store without a key scanner is
 * cleared as a whole.
 */
export async function sweep(store: CacheStore, prefix: string): Promise<number> {
  const scanner = store.can?.keys;
  if (scanner === undefined) return store.clear();
  if (scanner.removeAll !== undefined) return scanner.removeAll(prefix);
  let removed = 0;
  for await (const { keys } of scanner.scan({ prefix })) {
    if (keys.length > 0) removed += await store.deleteMany(keys);
  }
  return removed;
}
