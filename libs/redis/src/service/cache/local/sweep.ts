import type { CacheStore } from '../../../domain/cache-store.js';

/** Selects those of the keys that a sweep removes. */
export type KeySelection = (keys: readonly string[]) => Promise<readonly string[]>;

/**
 * Removes the keys of the store that begin with the prefix and that `select` returns. A store without a key scanner is
 * cleared as a whole.
 */
export async function sweepSelected(store: CacheStore, prefix: string, select: KeySelection): Promise<number> {
  const scanner = store.can?.keys;
  if (scanner === undefined) return store.clear();
  let removed = 0;
  for await (const { keys } of scanner.scan({ prefix })) {
    const selected = await select(keys);
    if (selected.length > 0) removed += await store.deleteMany(selected);
  }
  return removed;
}

/**
 * Removes every key of the store that begins with the prefix and returns how many. A store without a key scanner is
 * cleared as a whole.
 */
export async function sweep(store: CacheStore, prefix: string): Promise<number> {
  const scanner = store.can?.keys;
  return scanner?.removeAll === undefined
    ? sweepSelected(store, prefix, async (keys) => keys)
    : scanner.removeAll(prefix);
}
