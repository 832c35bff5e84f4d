import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import type { VersionScope } from '../../../domain/entry-store.js';
import type { FallbackState } from '../fallback-state.js';
import type { ChangeBatch } from '../journal/change-batch.js';
import type { JournalChange } from '../journal/journal-change.js';

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
   * Applies all changes, also those that are added meanwhile, but not those of keys that change now: call it again when
   * the journal is not empty afterwards. Each is settled when the primary store has acknowledged it. `onApplied` gets
   * the number of changes that were applied together.
   * @throws the error of the primary store; what is not acknowledged stays in the journal
   */
  async run(onApplied: (count: number) => void): Promise<void> {
    const { journal, changing } = this.state;
    if (journal.size === 0) return this.removeKeys([PROBE_KEY]);
    let applied: number;
    do {
      applied = 0;
      // A newer change of a key may be on its way: its removal could follow that.
      const isLeftOut = (key: string): boolean => changing.has(key);
      await this.applyAll(journal.batches({ maxKeys: KEYS_PER_CALL, isLeftOut }), (count) => {
        applied += count;
        onApplied(count);
      });
    } while (journal.size > 0 && applied > 0);
  }

  /**
   * Applies batches, several at a time: a change only invalidates, so their order has no effect. After an error it
   * begins no further batch, and rejects when those in flight have ended.
   */
  private async applyAll(batches: Iterable<ChangeBatch>, onApplied: (count: number) => void): Promise<void> {
    const remaining = batches[Symbol.iterator]();
    let failure: { readonly error: unknown } | undefined;
    const applyRemaining = async (): Promise<void> => {
      for (let next = remaining.next(); !next.done && failure === undefined; next = remaining.next()) {
        try {
          await this.apply(next.value);
          this.settle(next.value);
          onApplied(next.value.size);
        } catch (error) {
          failure ??= { error };
        }
      }
    };
    await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, applyRemaining));
    if (failure !== undefined) throw failure.error;
  }

  private settle(batch: ChangeBatch): void {
    const { journal, recent } = this.state;
    journal.settleBatch(batch);
    // Acknowledged now: a replica that becomes the master may miss them.
    if (batch.other === undefined) return recent.addKeys(batch.keys);
    this.state.replayedVersions++;
    recent.add(batch.other.change);
  }

  private async apply({ keys, other }: ChangeBatch): Promise<void> {
    if (other === undefined) return this.removeKeys(keys);
    const { change } = other;
    if (change.kind === 'clear') await this.clear(change);
    else if (change.kind === 'flush') await this.flush({ prefixes: change.prefixes });
    else if (change.kind === 'tags') await this.invalidateTags(change);
  }

  private async removeKeys(keys: readonly string[]): Promise<void> {
    const { entries } = this.primary.can ?? {};
    await (entries?.remove(keys, { isRepeatedByCaller: true }) ?? this.primary.deleteMany(keys));
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
