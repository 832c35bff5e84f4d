import type { EntryStore } from '../../../src/domain/entry-store.js';
import type { CacheStore, StoreLink } from '../../../src/domain/cache-store.js';
import { ModelCacheStore } from '../../cache-engine/engines/model-cache-store.js';
import type { ModelEntryStore } from '../../cache-engine/model/model-entry-store.js';

/** The store of a process on a server that fails. */
export class OutageStore extends ModelCacheStore {
  override readonly clear: CacheStore['clear'];

  constructor(
    entries: EntryStore,
    private readonly parts: {
      readonly model: ModelEntryStore;
      readonly link: StoreLink;
      readonly clear: () => Promise<number>;
      readonly open: () => Promise<void>;
      readonly close: () => Promise<void>;
    },
  ) {
    super({ entries, link: parts.link }, (key) => parts.model.ttl(key));
    this.clear = () => parts.clear();
  }

  override connect(): Promise<void> {
    return this.parts.open();
  }

  override disconnect(): Promise<void> {
    return this.parts.close();
  }
}
