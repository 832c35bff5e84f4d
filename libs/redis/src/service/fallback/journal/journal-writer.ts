import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { JournalChange } from './journal-change.js';
import type { JournalStorage } from './journal-storage.js';

/** Fewer stored changes that are no longer pending than this are not worth a compaction. */
const MIN_GARBAGE = 1000;
/** The minimum number of changes added after a failure before the storage is tried again. */
const MIN_RETRY = 100;

/** What the writer reads of the journal. */
interface PendingView {
  readonly size: () => number;
  readonly changes: () => readonly JournalChange[];
}

/**
 * Writes the changes of a journal to its storage, one write at a time: the changes added during a write share the
 * next. Replaces everything stored when more of it is acknowledged than pending.
 *
 * A failure does not reject: the changes are then in memory only. Everything pending is written again when half of it
 * was added since, or when nothing is pending. So a full disk costs a bounded share of the work.
 */
export class JournalWriter {
  private queued: JournalChange[] = [];
  /** How many changes the storage holds. */
  private stored = 0;
  /** How many changes were added since the storage failed; undefined while it works. */
  private missing: number | undefined;
  private last: Promise<void> = Promise.resolve();
  private isScheduled = false;
  private state: 'new' | 'open' | 'unused' = 'new';

  constructor(
    private readonly storage: JournalStorage,
    private readonly pending: PendingView,
    private readonly onFailure: (error: RedisInfraError) => void,
  ) {}

  /**
   * Returns the stored changes. If they cannot be read, reports it and works without the storage. Writes nothing until
   * `start`, because the stored changes are not pending yet.
   */
  async open(): Promise<readonly JournalChange[]> {
    let changes: readonly JournalChange[];
    try {
      changes = await this.storage.open();
    } catch (error) {
      this.stopUsing();
      if (error instanceof RedisInfraError) throw error;
      this.onFailure(journalFailed('the journal file cannot be opened, so the journal is in memory only', error));
      return [];
    }
    const { damagedSections = 0 } = this.storage;
    // A damaged file is replaced by the next write, like one that contains much that is not pending.
    this.stored = damagedSections === 0 ? changes.length : Infinity;
    if (damagedSections > 0) {
      this.onFailure(journalFailed(`damaged sections of the journal file were skipped: ${damagedSections}`));
    }
    return changes;
  }

  /** The stored changes are pending now. */
  start(): void {
    if (this.state === 'new') this.state = 'open';
    if (this.queued.length > 0 || this.isReplacementDue(0)) this.schedule();
  }

  add(change: JournalChange): void {
    if (this.state === 'unused') return;
    this.queued.push(change);
    this.schedule();
  }

  /** Changes are no longer pending. */
  onSettled(): void {
    if (this.isReplacementDue(0)) this.schedule();
  }

  /** Resolves when the changes added so far are stored, or could not be. */
  written(): Promise<void> {
    return this.last;
  }

  async close(): Promise<void> {
    if (this.state !== 'open') return;
    // A write may schedule another one.
    for (let last: unknown; last !== this.last;) await (last = this.last);
    this.stopUsing();
    await this.storage.close().catch((error: unknown) => this.reportWrite(error));
  }

  private schedule(): void {
    if (this.isScheduled || this.state !== 'open') return;
    this.isScheduled = true;
    this.last = this.last.then(() => {
      this.isScheduled = false;
      return this.write();
    });
  }

  private async write(): Promise<void> {
    const changes = this.pending.size() === 0 ? [] : this.queued;
    this.queued = [];
    try {
      if (this.isReplacementDue(changes.length)) await this.replace();
      else if (this.missing !== undefined) this.missing += changes.length;
      else if (changes.length > 0) await this.append(changes);
    } catch (error) {
      if (this.missing === undefined) this.reportWrite(error);
      this.missing = 0;
    }
  }

  private isReplacementDue(added: number): boolean {
    const pending = this.pending.size();
    if (this.missing !== undefined) {
      return pending === 0 || this.missing + added >= Math.max(MIN_RETRY, pending / 2);
    }
    if (pending === 0) return this.stored > 0;
    return this.stored + added - pending > Math.max(MIN_GARBAGE, pending);
  }

  private async append(changes: readonly JournalChange[]): Promise<void> {
    await this.storage.append(changes);
    this.stored += changes.length;
    // Changes may have been acknowledged meanwhile.
    this.onSettled();
  }

  /** The pending changes include the queued ones of this moment. */
  private async replace(): Promise<void> {
    const changes = this.pending.changes();
    await this.storage.replace(changes);
    this.stored = changes.length;
    this.missing = undefined;
    this.onSettled();
  }

  private stopUsing(): void {
    this.state = 'unused';
    this.queued = [];
  }

  private reportWrite(cause: unknown): void {
    this.onFailure(journalFailed('the journal file cannot be written, so the journal is in memory only', cause));
  }
}

function journalFailed(message: string, cause?: unknown): RedisInfraError {
  return new RedisInfraError('JOURNAL_FAILED', message, { cause });
}
