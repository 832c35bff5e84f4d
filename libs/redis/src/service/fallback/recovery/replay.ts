import type { CacheStore } from '../../../domain/cache-store.js';
import type { VersionScope } from '../../../domain/entry-store.js';
import type { FallbackState } from '../fallback-state.js';
import type { JournalChange, JournalEntry } from '../journal/journal-change.js';

const KEYS_PER_CALL = 1000;
/** A key that nothing stores: removing it shows that the server accepts writes. */
const PROBE_KEY = '~probe';

/** Applies the journal to the primary store. */
export class Replay {
  constructor(
    private readonly primary: CacheStore,
    private readonly state: FallbackState,
  ) {}

  /**
   * Applies all changes, also those that are added meanwhile. Each is settled when the primary store has acknowledged
   * it. `onApplied` gets the number of changes that were applied together.
   * @throws the error of the primary store; what is not acknowledged stays in the journal
   */
  async run(onApplied: (count: number) => void): Promise<void> {
    const { journal } = this.state;
    if (journal.size === 0) return this.removeKeys([PROBE_KEY]);
    while (journal.size > 0) {
      // Listing the changes costs as much as there are, so it is not done for each batch.
      for (const batch of batchesOf(journal.entries(), (entry) => this.isPending(entry))) {
        await this.apply(batch.map(({ change }) => change));
        journal.settle(batch);
        onApplied(batch.length);
      }
    }
  }

  /** A key whose newer change the primary store has acknowledged meanwhile must not be removed any more. */
  private isPending({ number, change }: JournalEntry): boolean {
    return change.kind !== 'key' || this.state.journal.keyEntry(change.key)?.number === number;
  }

  private async apply(changes: readonly JournalChange[]): Promise<void> {
    const keys = changes.flatMap((change) => (change.kind === 'key' ? [change.key] : []));
    if (keys.length > 0) return this.removeKeys(keys);
    const [change] = changes;
    if (change?.kind === 'clear') await this.primary.clear();
    else if (change?.kind === 'flush') await this.flush({ prefixes: change.prefixes });
    else if (change?.kind === 'tags') await this.invalidateTags(change);
  }

  private async removeKeys(keys: readonly string[]): Promise<void> {
    const { entries } = this.primary.can ?? {};
    await (entries?.remove(keys) ?? this.primary.deleteMany(keys));
  }

  private async flush(scope: VersionScope): Promise<void> {
    const { entries } = this.primary.can ?? {};
    if (entries === undefined) return;
    const versions = await entries.raiseFloor(scope, this.state.versions.clock);
    this.state.versions.learn(scope, versions);
    // The entries are invalid already. If the sweep fails, reads notice it and finish it.
    entries.sweep(scope, versions.floor).catch(() => {});
  }

  private async invalidateTags({ prefixes, tags, keepForErrors }: JournalChange & { kind: 'tags' }): Promise<void> {
    const scope = { prefixes };
    const options = { keepForErrors, seen: this.state.versions.clock };
    const versions = await this.primary.can?.entries?.invalidateTags(scope, tags, options);
    if (versions !== undefined) this.state.versions.learn(scope, versions);
    this.state.versions.forgetTags(scope, tags);
  }
}

/**
 * The changes in their order, in parts that one call can apply: keys together, anything else alone. `isPending` is asked
 * when a part is needed.
 */
function* batchesOf(
  entries: readonly JournalEntry[],
  isPending: (entry: JournalEntry) => boolean,
): Iterable<readonly JournalEntry[]> {
  let keys: JournalEntry[] = [];
  for (const entry of entries) {
    if (!isPending(entry)) continue;
    const isKey = entry.change.kind === 'key';
    if (isKey) keys.push(entry);
    if (keys.length > 0 && (!isKey || keys.length === KEYS_PER_CALL)) {
      yield keys;
      keys = [];
    }
    if (!isKey) yield [entry];
  }
  if (keys.length > 0) yield keys;
}
