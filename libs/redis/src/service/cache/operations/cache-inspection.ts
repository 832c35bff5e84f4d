import type { CacheContext } from '../cache-context.js';
import { storeFailure } from '../store-failures.js';
import { EntryReader } from './entry-reader.js';
import { reportEntry, reportUnavailable, type EntryReport } from './entry-report.js';

/** Looks at the entries of a cache without counting reads. */
export class CacheInspection {
  private readonly reader: EntryReader;

  constructor(private readonly context: CacheContext) {
    this.reader = new EntryReader(context);
  }

  async inspect(key: string): Promise<EntryReport> {
    const { store, engine, layer, near, scope, namespaceState } = this.context;
    const at = namespaceState.locate(key);
    const loading = engine.loads.get(at) !== undefined;
    const tier = near?.namespace(scope).peek(key) === undefined ? layer : 'near';
    try {
      const [ttl, bytes, read] = await Promise.all([
        store.ttl(at),
        store.can?.codec?.bytes(at),
        this.reader.readSilently(at),
      ]);
      return reportEntry({ key, tier, read, ttl, bytes, loading });
    } catch (error) {
      return reportUnavailable(key, storeFailure(error));
    }
  }
}
