import { topologyDigest } from '../../../domain/placement/topology.js';
import type { ShardLocator } from '../sharded-options.js';
import type { ResolvedShard } from '../shards/shard-options.js';
import type { OwnPlacement } from '../stamps/own-placement.js';

/** The shards by which a process places its keys. */
export interface ShardLists {
  /** All shards. While keys move, those before. */
  readonly before: readonly ResolvedShard[];
  /** While keys move: the shards afterwards. */
  readonly after?: readonly ResolvedShard[] | undefined;
  /** While keys move: the phase of this process. */
  readonly phase?: 1 | 2 | undefined;
}

/** The digest of shards and weights: equal if and only if they place all keys alike. */
export function topologyOf(shards: readonly ResolvedShard[], locator: ShardLocator): string {
  const digest = topologyDigest(shards.map(({ id, weight }) => ({ id, weight })));
  return locator === 'slots' ? digest : `${locator}:${digest}`;
}

export function ownPlacementOf({ before, after, phase }: ShardLists, locator: ShardLocator): OwnPlacement {
  const topology = topologyOf(before, locator);
  return after === undefined ? { topology } : { topology, next: topologyOf(after, locator), phase };
}

/** The shards of both lists, each once. */
export function allShards({ before, after = [] }: ShardLists): readonly ResolvedShard[] {
  const ids = new Set(before.map(({ id }) => id));
  return [...before, ...after.filter(({ id }) => !ids.has(id))];
}
