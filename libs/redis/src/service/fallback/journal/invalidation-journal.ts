import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { BatchOptions, ChangeBatch } from './change-batch.js';
import type { JournalChange, JournalEntry, Prefixes } from './journal-change.js';
import type { TagState } from './journal-scope.js';
import type { JournalStorage } from './journal-storage.js';
import { JournalWriter } from './journal-writer.js';
import { PendingChanges } from './pending-changes.js';

/** What a journal is made of. */
export interface JournalParts {
  /** The most keys, tags and flushes that the journal holds, at least 1. Beyond, the changes of a root collapse. */
  readonly limit: number;
  /** The prefixes of the root namespace of a key; undefined if it has none. */
  readonly rootOf: (key: string) => Prefixes | undefined;
  /** Keeps the changes beyond the life of the process; undefined keeps them in memory only. */
  readonly storage: JournalStorage | undefined;
  /** `lost` changes of a root have become one flush of it, or the keys without a root one `clear`. */
  readonly onCollapse: (lost: number) => void;
  /**
   * Changes are in memory only from now on, because the storage failed, or stored changes were damaged. Called once
   * until the storage works again. The code is JOURNAL_FAILED.
   */
  readonly onStorageFailure: (error: RedisInfraError) => void;
}

/**
 * The invalidations that the primary has not acknowledged, in the order in which they were made. Per key and tag only
 * the newest is kept.
 * @see docs/decisions/0044-invalidation-journal.md
 */
export class InvalidationJournal {
  private writer: JournalWriter | undefined;
  private pending: PendingChanges;
  private opened: Promise<void> | undefined;
  private lastNumber = 0;
  private isClosed = false;

  constructor(private readonly parts: JournalParts) {
    this.pending = new PendingChanges(parts.rootOf);
    this.writer = this.createWriter();
  }

  /** The number of keys, tags and flushes. 0 if the primary has acknowledged everything. */
  get size(): number {
    return this.pending.size;
  }

  /**
   * Reads what an earlier process left in the storage. Until then the journal knows only its own changes. Changes that
   * were added before count as later ones.
   * @throws RedisInfraError OPTION_INVALID if another process uses the storage, or it is not a journal
   */
  open(): Promise<void> {
    this.isClosed = false;
    return (this.opened ??= this.load());
  }

  /**
   * Adds a change. It replaces the earlier ones that it includes: of the same key or tag; a flush those of the keys and
   * tags under its prefix. The returned entry may already be replaced, if the journal collapsed.
   */
  add(change: JournalChange): JournalEntry {
    const entry = this.apply(change);
    this.collapse();
    return entry;
  }

  /**
   * Resolves when every change added so far is in the storage: immediately without one and after `close`, and also if the
   * storage failed, which `onStorageFailure` reports. Concurrent callers share one write.
   * @throws RedisInfraError OPTION_INVALID like `open`
   */
  async written(): Promise<void> {
    if (this.writer === undefined || this.isClosed) return;
    await this.open();
    await this.writer.written();
  }

  /** Whether a change concerns the key: one of the key itself, or a flush or clear. Tags are not considered. */
  has(key: string): boolean {
    return this.pending.has(key);
  }

  /** The newest change of the key itself; undefined if there is none, or a later flush has replaced it. */
  keyEntry(key: string): JournalEntry | undefined {
    return this.pending.keyEntry(key);
  }

  /** What is pending for a tag of a namespace. A flush of the namespace replaces it: see `has`. */
  tagState(ownPrefix: string, tag: string): TagState | undefined {
    return this.pending.tagState(ownPrefix, tag);
  }

  /** All changes, oldest first. A change of several tags lists those for which it is the newest. */
  entries(): readonly JournalEntry[] {
    return this.pending.entries();
  }

  /** The changes in any order, in groups that one call can apply: keys together, anything else alone. */
  batches(options: BatchOptions): Iterable<ChangeBatch> {
    return this.pending.batches(options);
  }

  /** The primary has acknowledged a batch. Later changes of the same keys and tags stay. */
  settleBatch(batch: ChangeBatch): void {
    this.pending.settleBatch(batch);
    this.writer?.onSettled();
  }

  /** The primary has acknowledged these very entries. Later changes of the same keys and tags stay. */
  settle(entries: readonly JournalEntry[]): void {
    this.pending.settle(entries);
    this.writer?.onSettled();
  }

  /**
   * Writes what is not written yet, and releases the storage. The stored changes stay for the next process, or until
   * `open` is called again.
   */
  async close(): Promise<void> {
    if (this.opened === undefined) return;
    await this.opened.catch(() => {});
    this.isClosed = true;
    const { writer } = this;
    // Later changes wait for the next `open`.
    this.writer = this.createWriter();
    this.opened = undefined;
    await writer?.close();
  }

  private createWriter(): JournalWriter | undefined {
    const { storage, onStorageFailure } = this.parts;
    const journal = { size: () => this.size, changes: () => this.changes() };
    return storage && new JournalWriter(storage, journal, onStorageFailure);
  }

  private async load(): Promise<void> {
    if (this.writer === undefined) return;
    const stored = await this.writer.open();
    const added = this.entries();
    this.pending = new PendingChanges(this.parts.rootOf);
    for (const [i, change] of stored.entries()) this.pending.apply({ number: i + 1 - stored.length, change });
    for (const entry of added) this.pending.apply(entry);
    this.writer.start();
    this.collapse();
  }

  private apply(change: JournalChange): JournalEntry {
    const entry = { number: ++this.lastNumber, change };
    this.pending.apply(entry);
    this.writer?.add(change);
    return entry;
  }

  private collapse(): void {
    const { limit, onCollapse } = this.parts;
    while (this.pending.size > limit) {
      const collapsed = this.pending.collapseLargest();
      if (collapsed === undefined) return;
      this.apply(collapsed.change);
      onCollapse(collapsed.lost);
    }
  }

  private changes(): readonly JournalChange[] {
    return this.entries().map(({ change }) => change);
  }
}
