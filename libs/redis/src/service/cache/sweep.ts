import type { CacheStore } from '../../domain/cache-store.js';
import { isKey } from '../../domain/models/cache-key.js';

/**
 * Removes every key of the store that begins with this prefix, and answers how many. A store that cannot walk its keys is
 * cleared as a whole.
 */
export async function sweep(store: CacheStore, prefix: string): Promise<number> {
  const scanner = store.can?.keys;
  if (scanner === undefined) return store.clear();
  let removed = 0;
  for await (const { keys } of scanner.scan({ prefix })) {
    const own = keys.filter(isKey);
    if (own.length > 0) removed += await store.deleteMany(own);
  }
  return removed;
}
