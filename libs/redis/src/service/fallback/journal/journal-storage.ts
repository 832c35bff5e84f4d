import type { JournalChange } from './journal-change.js';

/** Keeps the changes of a journal beyond the life of the process. The journal makes one call at a time. */
export interface JournalStorage {
  /** How many sections of the stored changes were damaged and skipped by `open`. @default 0 */
  readonly damagedSections?: number;
  /**
   * Returns the changes that an earlier process left, oldest first.
   * @throws RedisInfraError OPTION_INVALID if another process uses the storage, or it is not a journal
   */
  open(): Promise<readonly JournalChange[]>;
  /** Adds changes at the end. They survive the end of the process once the promise resolves. */
  append(changes: readonly JournalChange[]): Promise<void>;
  /** Replaces everything stored. Atomic: after a crash either the old or the new changes are stored. */
  replace(changes: readonly JournalChange[]): Promise<void>;
  /** Releases the storage. The changes stay. */
  close(): Promise<void>;
}
