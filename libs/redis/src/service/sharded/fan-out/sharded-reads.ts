import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { readValues } from '../entries/read-values.js';
import { PartialResultError } from '../partial-result.error.js';
import type { ShardedContext } from '../sharded-context.js';
import { answersOf, failuresOf, isShardFailure, type ShardAnswer } from './failures.js';
import { groupByShard } from './key-groups.js';

/** The values of some keys of one shard. */
interface ReadValues<T> {
  readonly values: readonly (T | undefined)[];
  /** Some of them are copies of the fallback, or missing there. */
  readonly isIncomplete: boolean;
}

/** Reads of values. Keys are checked. */
export class ShardedReads {
  constructor(private readonly context: ShardedContext) {}

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  get<T>(key: string): Promise<T | undefined> {
    const { context } = this;
    const read = context.storeOf(key).get<T>(key);
    return context.state.options.onShardDown === 'miss'
      ? read.catch((error: unknown) => {
          if (context.isAborted || !isShardFailure(error)) throw error;
          return undefined;
        })
      : read;
  }

  /**
   * Reads all shards in parallel, each within the deadline. The values are in the order of the keys.
   * @throws PartialResultError if a shard did not answer and the view is strict
   */
  async getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]> {
    const { context } = this;
    const groups = groupByShard(keys, (key) => context.ownerOf(key));
    const parts = groups.map(({ shard, items }) => ({
      shard,
      answer: this.readFrom<T>(context.views.of(shard), items),
    }));
    const answers = await answersOf(parts);
    const values = Array.from<T | undefined>({ length: keys.length });
    answers.forEach((answer, i) => {
      if (answer.failure !== undefined) return;
      groups[i]?.positions.forEach((position, j) => (values[position] = answer.value.values[j]));
    });
    const partial = answers.filter(({ value, failure }) => failure !== undefined || value.isIncomplete);
    if (partial.length > 0) this.reportPartial(values, partial);
    return values;
  }

  private reportPartial(values: readonly unknown[], partial: readonly ShardAnswer<ReadValues<unknown>>[]): void {
    const { state, strict, isAborted } = this.context;
    const [failure] = failuresOf(partial).values();
    // The shards did not fail: the caller does not want the result any more.
    if (isAborted && failure !== undefined) throw failure;
    state.events.emit('partial', { operation: 'getMany', shards: partial.map(({ shard }) => shard.id) });
    if (!strict) return;
    const failures = partial.map((answer): [string, RedisInfraError] => [
      answer.shard.id,
      answer.failure ?? copiesOnly(),
    ]);
    throw new PartialResultError('getMany', values, new Map(failures));
  }

  private async readFrom<T>(store: CacheStore, keys: readonly string[]): Promise<ReadValues<T>> {
    const { entries, fallback } = store.can ?? {};
    if (entries === undefined || fallback === undefined)
      return { values: await store.getMany<T>(keys), isIncomplete: false };
    // Only these reads state where a value comes from.
    const reads = await readValues<T>(entries, keys);
    let isIncomplete = false;
    const values = reads.map(({ stored, unreadable, fallback: source }) => {
      if (unreadable !== undefined) throw unreadable;
      isIncomplete ||= source !== undefined;
      return stored?.value;
    });
    return { values, isIncomplete };
  }
}

function copiesOnly(): RedisInfraError {
  return new RedisInfraError('UNSUPPORTED_WHILE_DOWN', 'the shard is unavailable, and only copies could be read', {
    outcome: 'not-executed',
  });
}
