import type { CacheStore, ClearOptions, SetEntry } from '../../../domain/cache-store.js';
import { PartialResultError } from '../partial-result.error.js';
import type { ShardedContext } from '../sharded-context.js';
import type { ShardClear } from '../sharded-events.js';
import { capabilityOf } from '../shards/capability-of.js';
import type { Shard } from '../shards/shard.js';
import { answersOf, failuresOf, type ShardAnswer } from './failures.js';
import { groupByShard } from './key-groups.js';

/** Changes of values. Arguments are checked. */
export class ShardedChanges {
  constructor(private readonly context: ShardedContext) {}

  /** Runs a change of one key on its shard. While keys move, the other owner forgets the key first. */
  change<T>(key: string, run: (store: CacheStore) => Promise<T>): Promise<T> {
    const store = this.context.storeOf(key);
    const other = this.context.otherOf(key);
    return other === undefined ? run(store) : this.forget(other, [key]).then(() => run(store));
  }

  /** @throws PartialResultError if some shards did not store their entries */
  async setMany(entries: readonly SetEntry[]): Promise<void> {
    await this.changeMany('setMany', entries, async (store, part) => {
      await store.setMany(part);
      return part.length;
    });
  }

  /** @throws PartialResultError if some shards did not remove their keys */
  async deleteMany(keys: readonly string[]): Promise<number> {
    const entries = keys.map((key) => ({ key }));
    return this.changeMany('deleteMany', entries, (store, part) => store.deleteMany(part.map(({ key }) => key)));
  }

  /** Removes every key that begins with the prefix, on all shards. @throws PartialResultError if a shard is unavailable */
  async removeAll(prefix: string): Promise<number> {
    const removed = await this.onAll(
      'removeAll',
      async (store) => capabilityOf(store, 'keys').removeAll?.(prefix) ?? 0,
    );
    return removed.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Runs a change on all shards in parallel. Returns what each has answered.
   * @throws PartialResultError if a shard is unavailable
   */
  async onAll<R>(operation: string, run: (store: CacheStore) => Promise<R>): Promise<readonly R[]> {
    const { views, state } = this.context;
    const parts = state.shards.map((shard) => ({ shard, answer: run(views.of(shard)) }));
    const answers = await answersOf(parts);
    const results = answers.flatMap((answer) => (answer.failure === undefined ? [answer.value] : []));
    this.throwFailures(operation, results, answers);
    return results;
  }

  /** @throws PartialResultError if a shard without a fallback is unavailable: the others are cleared */
  async clear(options: ClearOptions): Promise<number> {
    const { views, state } = this.context;
    const parts = state.shards.map((shard) => ({ shard, answer: views.of(shard).clear(options) }));
    const answers = await answersOf(parts);
    const shards = Object.fromEntries(answers.map((answer) => [answer.shard.id, reportOf(answer)]));
    state.events.emit('cleared', { shards });
    return this.total('clear', answers);
  }

  /**
   * Runs a change of several keys, each on its shard. Returns the sum of what the shards have answered.
   * @throws PartialResultError if a shard is unavailable
   */
  async changeMany<T extends { readonly key: string }>(
    operation: string,
    items: readonly T[],
    run: (store: CacheStore, part: readonly T[]) => Promise<number>,
  ): Promise<number> {
    const { context } = this;
    const groups = groupByShard(items, ({ key }) => context.ownerOf(key));
    const parts = groups.map(({ shard, items: part }) => ({
      shard,
      answer: this.afterMoves(part, () => run(context.views.of(shard), part)),
    }));
    return this.total(operation, await answersOf(parts));
  }

  private afterMoves<T extends { readonly key: string }>(
    items: readonly T[],
    run: () => Promise<number>,
  ): Promise<number> {
    const moving = items.flatMap(({ key }) => {
      const shard = this.context.otherOf(key);
      return shard === undefined ? [] : [{ shard, key }];
    });
    if (moving.length === 0) return run();
    const groups = groupByShard(moving, ({ shard }) => shard);
    const forgotten = groups.map(({ shard, items: part }) =>
      this.forget(
        shard,
        part.map(({ key }) => key),
      ),
    );
    return Promise.all(forgotten).then(run);
  }

  /** Removes keys from a shard that does not own them, and voids their leases. */
  private async forget(shard: Shard, keys: readonly string[]): Promise<void> {
    const store = this.context.views.of(shard);
    await (store.can?.entries?.remove(keys) ?? store.deleteMany(keys));
  }

  private total(operation: string, answers: readonly ShardAnswer<number>[]): number {
    const total = answers.reduce((sum, answer) => sum + (answer.failure === undefined ? answer.value : 0), 0);
    this.throwFailures(operation, total, answers);
    return total;
  }

  /** @throws the error of the only shard, or a PartialResultError */
  private throwFailures(operation: string, result: unknown, answers: readonly ShardAnswer<unknown>[]): void {
    const failures = failuresOf(answers);
    const [first] = failures.values();
    if (first === undefined) return;
    throw answers.length === 1 || this.context.isAborted ? first : new PartialResultError(operation, result, failures);
  }
}

function reportOf(answer: ShardAnswer<number>): ShardClear {
  if (answer.failure !== undefined) return { removed: 0, status: 'failed' };
  const { journal = 0 } = answer.shard.store.can?.fallback?.status() ?? {};
  const isJournaled = answer.value === 0 && journal > 0;
  return { removed: answer.value, status: isJournaled ? 'journaled' : 'applied' };
}
