import { RedisInfraError } from '../../../common/redis-infra.error.js';
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
   * it. Returns their number.
   * @throws the error of the primary store; what is not acknowledged stays in the journal
   */
  async run(): Promise<number> {
    const { journal } = this.state;
    let replayed = 0;
    while (journal.size > 0) {
      const batch = firstBatch(journal.entries());
      await this.apply(batch.map(({ change }) => change));
      journal.settle(batch);
      replayed += batch.length;
    }
    if (replayed === 0) await this.removeKeys([PROBE_KEY]);
    return replayed;
  }

  private async apply(changes: readonly JournalChange[]): Promise<void> {
    const keys = changes.flatMap((change) => (change.kind === 'key' ? [change.key] : []));
    if (keys.length > 0) return this.removeKeys(keys);
    const [change] = changes;
    if (change?.kind === 'clear') await this.clear(change);
    else if (change?.kind === 'flush') await this.flush({ prefixes: change.prefixes });
    else if (change?.kind === 'tags') await this.invalidateTags(change);
  }

  private async removeKeys(keys: readonly string[]): Promise<void> {
    const { entries } = this.primary.can ?? {};
    await (entries?.remove(keys) ?? this.primary.deleteMany(keys));
  }

  private async clear({ wholeDatabase }: JournalChange & { kind: 'clear' }): Promise<void> {
    try {
      await this.primary.clear({ wholeDatabase });
    } catch (error) {
      // More keys changed than the journal holds, in a store without a key prefix. No caller permitted to remove every
      // key of its database, so the old values live until their time to live ends. `journal-overflow` reported it.
      if (!(error instanceof RedisInfraError) || error.code !== 'OPTION_INVALID') throw error;
    }
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

/** The oldest changes that one call can apply: keys together, anything else alone. */
function firstBatch(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const other = entries.findIndex(({ change }) => change.kind !== 'key');
  const keys = entries.slice(0, Math.min(KEYS_PER_CALL, other === -1 ? entries.length : other));
  return keys.length > 0 ? keys : entries.slice(0, 1);
}
