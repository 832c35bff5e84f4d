import type { Shard } from '../shards/shard.js';

/** The items of a call that belong to one shard, and their positions in the call. */
export interface KeyGroup<T> {
  readonly shard: Shard;
  readonly items: T[];
  readonly positions: number[];
}

/** Groups items by the shard of their key. */
export function groupByShard<T>(items: readonly T[], shardOf: (item: T) => Shard): readonly KeyGroup<T>[] {
  const groups = new Map<Shard, KeyGroup<T>>();
  for (const [position, item] of items.entries()) {
    const shard = shardOf(item);
    let group = groups.get(shard);
    if (group === undefined) groups.set(shard, (group = { shard, items: [], positions: [] }));
    group.items.push(item);
    group.positions.push(position);
  }
  return [...groups.values()];
}
