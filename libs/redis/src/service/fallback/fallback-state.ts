import { KeyCounts } from '../../common/key-counts.js';
import type { Environment } from '../../common/time/environment.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { FallbackEvents } from '../../domain/store-fallback.js';
import { FillTokens } from '../copies/fill-tokens.js';
import { KeyChanges } from './copies/key-changes.js';
import { OutageCopies } from './copies/outage-copies.js';
import { KnownVersions } from './entries/known-versions.js';
import { ServerTime } from './entries/server-time.js';
import { LocalLeases } from './entries/local-leases.js';
import type { ResolvedFallbackOptions } from './fallback-options.js';
import { InvalidationJournal } from './journal/invalidation-journal.js';
import type { JournalChange, JournalEntry } from './journal/journal-change.js';
import type { JournalStorage } from './journal/journal-storage.js';
import { Outage } from './recovery/outage.js';
import { RecentChanges } from './recovery/recent-changes.js';

const NO_ENTRIES: readonly JournalEntry[] = [];

export interface FallbackStateParts {
  readonly options: ResolvedFallbackOptions;
  readonly environment: Environment;
  /** undefined keeps the journal in memory. */
  readonly storage: JournalStorage | undefined;
  readonly onOutage: () => void;
}

/** What all views of a fallback share: copies, journal, and the state of the outage. */
export class FallbackState {
  readonly options: ResolvedFallbackOptions;
  readonly environment: Environment;
  readonly events = new TypedEmitter<FallbackEvents>();
  readonly copies: OutageCopies;
  readonly changes = new KeyChanges();
  /** Show whether keys changed, to loads and changes in flight. */
  readonly fills = new FillTokens();
  /** The keys that a call of this process changes now. */
  readonly changing = new KeyCounts();
  readonly versions = new KnownVersions();
  readonly serverTime: ServerTime;
  readonly leases: LocalLeases;
  readonly recent: RecentChanges;
  readonly outage: Outage;
  readonly journal: InvalidationJournal;
  /**
   * Changes when an invalidation of more than keys was replayed: a read from before has the versions from before it, and
   * the journal does not hold it any more.
   */
  replayedVersions = 0;

  constructor({ options, environment, storage, onOutage }: FallbackStateParts) {
    const { clock } = environment;
    this.options = options;
    this.environment = environment;
    this.copies = new OutageCopies(options);
    this.leases = new LocalLeases(clock, this.fills);
    this.serverTime = new ServerTime(clock);
    this.recent = new RecentChanges(clock);
    this.outage = new Outage(environment, this.events, onOutage);
    this.journal = new InvalidationJournal({
      limit: options.journalLimit,
      rootOf: (key) => this.versions.rootOf(key)?.prefixes,
      storage,
      onCollapse: (lost) => this.events.emit('journal-overflow', { lost }),
      onStorageFailure: (error) => this.events.emit('journal-failure', { code: error.code }),
    });
  }

  /** The monotonic time in milliseconds. */
  get nowMs(): number {
    return this.environment.clock.monotonicMs();
  }

  /** Reads the journal that an earlier process left: an outage has begun if it holds anything. */
  async open(): Promise<void> {
    await this.journal.open();
    if (this.journal.size > 0) this.outage.begin();
  }

  /** Drops the copies of keys that change, and prevents that a read in flight leaves a copy. */
  drop(keys: readonly string[]): void {
    for (const key of keys) {
      this.copies.delete(key);
      this.changes.add(key);
      this.fills.kill(key);
    }
  }

  /** As `drop`, for all keys. */
  dropAll(): void {
    this.copies.clear();
    this.changes.addAll();
    this.fills.killAll();
  }

  /** As `drop`, for every key that begins with the prefix. */
  dropUnder(prefix: string): void {
    this.copies.deleteUnder(prefix);
    this.changes.addAll();
    this.fills.killAll();
  }

  /**
   * The keys change now: drops their copies. Call the returned function once when the change has ended; it returns for
   * each key whether it has not changed again.
   */
  beginChange(keys: readonly string[]): () => readonly boolean[] {
    this.drop(keys);
    this.changing.add(keys);
    const tokens = keys.map((key) => this.fills.begin(key));
    return () => {
      this.changing.remove(keys);
      return tokens.map((token) => this.fills.end(token));
    };
  }

  /** Adds changes that the primary store has not acknowledged. Resolves when they are stored as `durability` demands. */
  async keepForLater(changes: readonly JournalChange[]): Promise<void> {
    for (const change of changes) this.journal.add(change);
    this.outage.begin();
    await this.journal.written();
  }

  /** The entries of these keys in the journal. A newer change of a key that is acknowledged settles them. */
  entriesOf(keys: readonly string[]): readonly JournalEntry[] {
    if (this.journal.size === 0) return NO_ENTRIES;
    return keys.map((key) => this.journal.keyEntry(key)).filter((entry) => entry !== undefined);
  }
}
