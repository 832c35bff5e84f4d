import type { CacheContext } from '../cache-context.js';
import { isUnreadable, storeFailure } from '../store-failures.js';
import { reportEntry, reportUnavailable, type EntryReport } from './entry-report.js';

/** Looks at the entries of a cache without counting reads. */
export class CacheInspection {
  constructor(private readonly context: CacheContext) {}

  async inspect(key: string): Promise<EntryReport> {
    const { store, loads, layer: tier, namespaceState } = this.context;
    const at = namespaceState.locate(key);
    const loading = loads.running(at) !== undefined;
    try {
      const [ttl, bytes, isValue] = await Promise.all([store.ttl(at), store.can?.codec?.bytes(at), this.isValue(at)]);
      return reportEntry({ key, tier, ttl, bytes, isValue, loading });
    } catch (error) {
      return reportUnavailable(key, storeFailure(error));
    }
  }

  /** True if a read finds a value. An unreadable value is a miss. */
  private async isValue(at: string): Promise<boolean> {
    const value = await this.context.store.get(at).catch((error: unknown) => {
      if (!isUnreadable(storeFailure(error))) throw error;
    });
    return value !== undefined;
  }
}
