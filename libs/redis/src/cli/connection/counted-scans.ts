import type { CacheStore, KeyScanner, ScanBatch, ScanOptions } from '../../domain/cache-store.js';

/** The same store, with a function that is called after each step of a scan with the number of its keys. */
export function withCountedScans(store: CacheStore, onStep: (keys: number) => void): CacheStore {
  const { can } = store;
  const keys = can?.keys;
  if (keys === undefined) return store;
  const scan = (options?: ScanOptions): AsyncIterable<ScanBatch> => counted(keys.scan(options), onStep);
  const counting: KeyScanner = Object.assign(Object.create(keys), { scan });
  return Object.assign(Object.create(store), { can: { ...can, keys: counting } });
}

async function* counted(batches: AsyncIterable<ScanBatch>, onStep: (keys: number) => void): AsyncGenerator<ScanBatch> {
  for await (const batch of batches) {
    yield batch;
    onStep(batch.keys.length);
  }
}
