import type { Environment } from '../../../src/common/time/environment.js';
import type { CacheStore } from '../../../src/domain/cache-store.js';
import type { JournalStorage } from '../../../src/service/fallback/journal/journal-storage.js';

/** What a fallback is made of. */
export interface FallbackParts {
  /** The store of a process on the model server, with `can.entries` and `can.link`. */
  readonly primary: CacheStore;
  readonly environment: Environment;
  /** Undefined if the journal is kept in memory. */
  readonly storage: JournalStorage | undefined;
  readonly maxStaleMs: number;
  readonly journalLimit: number;
}

/** A fallback of one process. */
export interface FallbackUnderTest {
  /** The store that `CacheService` uses. */
  readonly store: CacheStore;
  /** False while the primary is unavailable for the fallback, or an invalidation is not applied. */
  readonly isRecovered: () => boolean;
}

/** An implementation of the fallback that histories run on. */
export interface FallbackEngine {
  readonly name: string;
  create(parts: FallbackParts): FallbackUnderTest;
}
