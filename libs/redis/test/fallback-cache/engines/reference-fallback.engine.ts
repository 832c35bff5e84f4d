import type { CacheStore } from '../../../src/domain/cache-store.js';
import { ModelCacheStore } from '../../cache-engine/engines/model-cache-store.js';
import { ReferenceEntries } from './reference-entries.js';
import type { FallbackEngine } from './fallback-engine.js';
import { ALL_MECHANISMS, NO_MECHANISMS, type FallbackMechanisms } from './fallback-mechanisms.js';
import { ReferenceJournal } from './reference-journal.js';
import { ReferenceRecovery } from './reference-recovery.js';

interface ReferenceParts {
  readonly entries: ReferenceEntries;
  readonly journal: ReferenceJournal;
  readonly recovery: ReferenceRecovery;
}

/** The store of a reference fallback: its life cycle includes that of its primary store. */
class ReferenceStore extends ModelCacheStore {
  override readonly clear: CacheStore['clear'];

  constructor(
    private readonly primary: CacheStore,
    private readonly parts: ReferenceParts,
  ) {
    super({ entries: parts.entries }, (key) => primary.ttl(key));
    this.clear = (options) => primary.clear(options);
  }

  override async connect(): Promise<void> {
    const { journal, recovery } = this.parts;
    await journal.open();
    recovery.open();
    await this.primary.connect();
  }

  override async disconnect(): Promise<void> {
    this.parts.recovery.close();
    await this.primary.disconnect();
  }
}

/** The smallest fallback that keeps the properties, or one without some mechanisms. */
export function referenceFallback(name: string, changes: Partial<FallbackMechanisms> = {}): FallbackEngine {
  const mechanisms = { ...ALL_MECHANISMS, ...changes };
  return {
    name,
    create({ primary, environment, storage, maxStaleMs }) {
      const journal = new ReferenceJournal(mechanisms.durableJournal ? storage : undefined, mechanisms.exactSettlement);
      const recovery = new ReferenceRecovery({ primary, environment, journal, mechanisms });
      const entries = new ReferenceEntries({ primary, environment, journal, recovery, mechanisms, maxStaleMs });
      const store = new ReferenceStore(primary, { entries, journal, recovery });
      return { store, isRecovered: () => recovery.isUp && journal.all.length === 0 };
    },
  };
}

/** All mechanisms. The checker must find nothing wrong with it. */
export const completeFallback = referenceFallback('a reference fallback');

/** Copies are served, and changes are dropped. The checker must find it stale for ever in most histories. */
export const naiveFallback = referenceFallback('copies without a journal', NO_MECHANISMS);
