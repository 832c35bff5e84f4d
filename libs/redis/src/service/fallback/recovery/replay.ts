import type { CacheStore } from '../../../domain/cache-store.js';
import type { VersionScope } from '../../../domain/entry-store.js';
import type { FallbackState } from '../fallback-state.js';
import type { JournalChange, JournalEntry } from '../journal/journal-change.js';

const KEYS_PER_CALL = 500;
/** Enough that the server never waits for the next call, and few enough that each meets its deadline. */
const CALLS_IN_FLIGHT = 4;
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
   * it. Returns their number.
   * @throws the error of the primary store; what is not acknowledged stays in the journal
   */
  async run(): Promise<number> {
    const { journal } = this.state;
    let replayed = 0;
    while (journal.size > 0) replayed += await this.applyAll(batchesOf(journal.unordered()));
    if (replayed === 0) await this.removeKeys([PROBE_KEY]);
    return replayed;
  }

  /**
   * Applies batches, several at a time: a change only invalidates, so their order has no effect. After an error it
   * begins no further batch, and rejects when those in flight have ended.
   */
  private async applyAll(batches: Iterable<readonly JournalEntry[]>): Promise<number> {
    const remaining = batches[Symbol.iterator]();
    let replayed = 0;
    let failure: { readonly error: unknown } | undefined;
    const applyRemaining = async (): Promise<void> => {
      for (let next = remaining.next(); !next.done && failure === undefined; next = remaining.next()) {
        try {
          await this.apply(next.value.map(({ change }) => change));
          this.state.journal.settle(next.value);
          replayed += next.value.length;
        } catch (error) {
          failure ??= { error };
        }
      }
    };
    await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, applyRemaining));
    if (failure !== undefined) throw failure.error;
    return replayed;
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

/** The changes in the groups that one call can apply: keys together, anything else alone. */
function* batchesOf(entries: Iterable<JournalEntry>): Generator<readonly JournalEntry[]> {
  let keys: JournalEntry[] = [];
  for (const entry of entries) {
    if (entry.change.kind === 'key') keys.push(entry);
    else yield [entry];
    if (keys.length === KEYS_PER_CALL) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length > 0) yield keys;
}
