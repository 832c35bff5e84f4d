import type { CacheStore, ClearOptions, SetEntry } from '../../../domain/cache-store.js';
import { PartialResultError } from '../partial-result.error.js';
import type { ShardedContext } from '../sharded-context.js';
import type { ShardClear } from '../sharded-events.js';
import { capabilityOf } from '../shards/capability-of.js';
import { answersOf, failuresOf, type ShardAnswer } from './failures.js';
import { groupByShard } from './key-groups.js';
import { MovedKeys, type MovedKey } from './moved-keys.js';

/** Changes of values. Arguments are checked. */
export class ShardedChanges {
  private readonly moves: MovedKeys;

  constructor(private readonly context: ShardedContext) {
    this.moves = new MovedKeys(context.views);
  }

  /** Runs a change of one key on its shard. While keys move, the key is removed from the other owner too. */
  change<T>(key: string, run: (store: CacheStore) => Promise<T>): Promise<T> {
    const store = this.context.storeOf(key);
    const other = this.context.otherOf(key);
    return other === undefined ? run(store) : this.moves.aroundChange([{ shard: other, key }], () => run(store));
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
    const { views, shards } = this.context;
    const parts = shards.map((shard) => ({ shard, answer: run(views.of(shard)) }));
    const answers = await answersOf(parts);
    const results = answers.flatMap((answer) => (answer.failure === undefined ? [answer.value] : []));
    this.throwFailures(operation, results, answers);
    return results;
  }

  /** @throws PartialResultError if a shard without a fallback is unavailable: the others are cleared */
  async clear(options: ClearOptions): Promise<number> {
    const { views, state } = this.context;
    const parts = this.context.shards.map((shard) => ({ shard, answer: views.of(shard).clear(options) }));
    const answers = await answersOf(parts);
    const shards = Object.fromEntries(answers.map((answer) => [answer.shard.id, reportOf(answer)]));
    state.events.emit('cleared', { shards });
    return this.total('clear', answers);
  }

  /**
   * Runs a change of several keys, each on its shard. Returns the sum of what the shards have answered. `onJournaled` is
   * called if a shard that owns a key in the neighbouring phase has not applied its removal yet.
   * @throws PartialResultError if a shard is unavailable
   */
  async changeMany<T extends { readonly key: string }>(
    operation: string,
    items: readonly T[],
    run: (store: CacheStore, part: readonly T[]) => Promise<number>,
    onJournaled?: () => void,
  ): Promise<number> {
    const { context } = this;
    const groups = groupByShard(items, ({ key }) => context.ownerOf(key));
    const parts = groups.map(({ shard, items: part }) => ({
      shard,
      answer: this.moves.aroundChange(this.movedOf(part), () => run(context.views.of(shard), part), onJournaled),
    }));
    return this.total(operation, await answersOf(parts));
  }

  private movedOf(items: readonly { readonly key: string }[]): readonly MovedKey[] {
    return items.flatMap(({ key }) => {
      const shard = this.context.otherOf(key);
      return shard === undefined ? [] : [{ shard, key }];
    });
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
