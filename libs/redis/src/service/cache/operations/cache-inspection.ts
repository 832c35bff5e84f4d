import type { CacheContext } from '../cache-context.js';
import { storeFailure } from '../store-failures.js';
import { EntryReader } from './entry-reader.js';
import { reportEntry, reportFallback, reportUnavailable, type EntryReport } from './entry-report.js';

/** Looks at the entries of a cache without counting reads. */
export class CacheInspection {
  private readonly reader: EntryReader;

  constructor(private readonly context: CacheContext) {
    this.reader = new EntryReader(context);
  }

  async inspect(key: string): Promise<EntryReport> {
    const { store, engine, near, scope, copyCodec, namespaceState } = this.context;
    const at = namespaceState.locate(key);
    const loading = engine.loads.get(at) !== undefined;
    try {
      const read = await this.reader.readSilently(at);
      if (read.fallback !== undefined) return reportFallback(key, read, read.fallback);
      const [ttl, bytes] = await Promise.all([store.ttl(at), store.can?.codec?.bytes(at)]);
      const copy = near?.namespace(scope).peek(key, copyCodec);
      const tier = copy === undefined ? this.context.layerOf(read) : 'near';
      return reportEntry({ key, tier, read, ttl, bytes, loading });
    } catch (error) {
      return reportUnavailable(key, storeFailure(error));
    }
  }
}
