import type { EntryRead, ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import { answersOf } from '../fan-out/failures.js';
import { groupByShard } from '../fan-out/key-groups.js';
import type { ShardedContext } from '../sharded-context.js';
import { capabilityOf } from '../shards/capability-of.js';

const UNKNOWN: ScopeVersions = Object.freeze({ clock: 0, floor: 0, tagged: 0, isSweeping: false });

/**
 * What a read finds on a shard that does not answer: nothing. It is marked as a read of the fallback, so that nothing is
 * concluded from it.
 */
const NOTHING: EntryRead<never> = Object.freeze({
  stored: undefined,
  unreadable: undefined,
  bytes: undefined,
  encoded: undefined,
  nowMs: 0,
  fallback: Object.freeze({ ageMs: 0 }),
  versions: UNKNOWN,
});

/**
 * Reads entries of all shards in parallel, in the order of the keys. The keys of a shard that does not answer are absent.
 * @throws the error of the only shard, or of a call that the caller has aborted
 */
export async function readEntries<T>(
  context: ShardedContext,
  keys: readonly string[],
  scope: VersionScope,
): Promise<readonly EntryRead<T>[]> {
  const groups = groupByShard(keys, (key) => context.ownerOf(key));
  const parts = groups.map(({ shard, items }) => ({
    shard,
    answer: capabilityOf(context.views.of(shard), 'entries').readMany<T>(items, scope),
  }));
  const answers = await answersOf(parts);
  const reads = Array.from<EntryRead<T>>({ length: keys.length });
  const partial: string[] = [];
  answers.forEach((answer, i) => {
    const { failure } = answer;
    if (failure !== undefined && (answers.length === 1 || context.isAborted)) throw failure;
    const found = failure === undefined ? answer.value : [];
    groups[i]?.positions.forEach((position, j) => (reads[position] = found[j] ?? NOTHING));
    if (failure !== undefined || found.some(({ fallback }) => fallback !== undefined)) partial.push(answer.shard.id);
  });
  if (partial.length > 0) context.state.events.emit('partial', { operation: 'getMany', shards: partial });
  return reads;
}
