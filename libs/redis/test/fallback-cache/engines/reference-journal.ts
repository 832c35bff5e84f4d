import type { JournalChange, JournalEntry } from '../../../src/service/fallback/journal/journal-change.js';
import type { JournalStorage } from '../../../src/service/fallback/journal/journal-storage.js';

/** The invalidations that the primary has not acknowledged: a list, without any bound. */
export class ReferenceJournal {
  private entries: JournalEntry[] = [];
  private count = 0;
  private writes: Promise<void> = Promise.resolve();

  constructor(
    private readonly storage: JournalStorage | undefined,
    private readonly settlesExactly: boolean,
  ) {}

  async open(): Promise<void> {
    const earlier = (await this.storage?.open()) ?? [];
    const added = earlier.map((change) => ({ number: this.count++, change }));
    this.entries = [...added, ...this.entries];
  }

  get all(): readonly JournalEntry[] {
    return this.entries;
  }

  /** Resolves when the change is stored. */
  async add(change: JournalChange): Promise<void> {
    const entry = { number: this.count++, change };
    this.entries.push(entry);
    const { storage } = this;
    if (storage === undefined) return;
    this.writes = this.writes.then(() => storage.append([change]));
    await this.writes;
  }

  /** True if a change of the key waits. */
  has(key: string): boolean {
    return this.entries.some(({ change }) => covers(change, key));
  }

  /** The primary has acknowledged these entries. */
  settle(acknowledged: readonly JournalEntry[]): void {
    const isSettled = ({ number, change }: JournalEntry): boolean =>
      acknowledged.some((one) => (this.settlesExactly ? one.number === number : isSameTarget(one.change, change)));
    this.entries = this.entries.filter((entry) => !isSettled(entry));
    const { storage } = this;
    if (storage === undefined) return;
    const rest = this.entries.map(({ change }) => change);
    this.writes = this.writes.then(() => storage.replace(rest));
  }
}

/** True if a change concerns a key. A tag may concern any key of its namespace. */
export function covers(change: JournalChange, key: string): boolean {
  if (change.kind === 'clear') return true;
  return change.kind === 'key' ? change.key === key : key.startsWith(change.prefixes.at(-1) ?? '');
}

function isSameTarget(a: JournalChange, b: JournalChange): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
