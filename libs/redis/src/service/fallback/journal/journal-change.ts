import type { VersionScope } from '../../../domain/entry-store.js';

/** The key prefixes of a namespace and of those around it, the root first. Each ends with a colon. */
export type Prefixes = VersionScope['prefixes'];

/** An invalidation that the primary has not acknowledged. */
export type JournalChange =
  | {
      /** A key was written or removed. */
      readonly kind: 'key';
      /** The key, with its namespaces and without the prefix of the store. */
      readonly key: string;
    }
  | {
      /** Tags of a namespace were invalidated. */
      readonly kind: 'tags';
      readonly prefixes: Prefixes;
      /** The hashes of the tags. */
      readonly tags: readonly string[];
      /** Entries with these tags may still be used if a load fails. */
      readonly keepForErrors: boolean;
    }
  | {
      /** A namespace was flushed, with the namespaces inside it. */
      readonly kind: 'flush';
      readonly prefixes: Prefixes;
    }
  | {
      /** Every key of the store was removed. */
      readonly kind: 'clear';
      /** The caller permitted it for a store with an empty key prefix, whose keys are those of the whole database. */
      readonly wholeDatabase?: true;
    };

/** A change in the journal. */
export interface JournalEntry {
  /** Later changes have greater numbers. Those of an earlier process have numbers up to 0. */
  readonly number: number;
  readonly change: JournalChange;
}
