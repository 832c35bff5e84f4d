import { unknownOutcome } from '../guarded/unknown-outcome.js';
import type { Shard } from '../shards/shard.js';
import type { ShardViews } from '../shards/shard-views.js';
import { groupByShard } from './key-groups.js';

/** A key whose owner changes, and the shard that owns it in the neighbouring phase. */
export interface MovedKey {
  readonly shard: Shard;
  readonly key: string;
}

/** Keeps changes of moved keys from leaving an older value on the other owner, which processes read beside this one. */
export class MovedKeys {
  constructor(private readonly views: ShardViews) {}

  /**
   * Runs a change of keys on their owner between two removals from the other one. Without the first one, processes that
   * read the other owner would see the old value after others have seen the new one. The second one voids the loads that
   * began since the first one, and of two changes at once it leaves at most one value.
   * @throws the error of the other owner; with the outcome `unknown` if the change has run
   */
  async aroundChange<R>(moved: readonly MovedKey[], run: () => Promise<R>, onJournaled?: () => void): Promise<R> {
    if (moved.length === 0) return run();
    await this.remove(moved, onJournaled);
    const result = await run();
    try {
      await this.remove(moved, onJournaled);
    } catch (error) {
      throw unknownOutcome(error);
    }
    return result;
  }

  private async remove(moved: readonly MovedKey[], onJournaled: (() => void) | undefined): Promise<void> {
    const groups = groupByShard(moved, ({ shard }) => shard);
    await Promise.all(
      groups.map(async ({ shard, items }) => {
        const store = this.views.of(shard);
        const keys = items.map(({ key }) => key);
        const removal = await store.can?.entries?.remove(keys);
        if (removal === undefined) await store.deleteMany(keys);
        else if (removal.status === 'journaled') onJournaled?.();
      }),
    );
  }
}
