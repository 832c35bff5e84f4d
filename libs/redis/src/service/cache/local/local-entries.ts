import type { Clock } from '../../../common/clock.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import type { EntryStore } from '../../../domain/entry-store.js';

export class LocalEntries {
  constructor(private readonly clock: Clock) {}
  over(_store: CacheStore): EntryStore {
    throw new Error(String(this.clock));
  }
}
