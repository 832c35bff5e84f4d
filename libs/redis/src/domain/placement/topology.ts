import { createHash } from 'node:crypto';
import { checkShards, type PlacedShard } from './placed-shard.js';
import type { PlacementTable } from './placement-table.js';
import { SLOT_COUNT } from './slots.js';

/** Changes whenever the placement of any topology changes. */
const PLACEMENT_VERSION = 1;
const DIGEST_CHARACTERS = 16;

/**
 * A short text that is equal for topologies with the same ids and the same ratios of weights, in any order. The stamp of
 * a shard contains it.
 * @throws RedisInfraError OPTION_INVALID
 */
export function topologyDigest(shards: readonly PlacedShard[]): string {
  const content = checkShards(shards).map(({ id, weight }) => [id, weight]);
  const digest = createHash('sha256')
    .update(JSON.stringify([PLACEMENT_VERSION, content]))
    .digest('base64url');
  return digest.slice(0, DIGEST_CHARACTERS);
}

/** What a change of the topology moves. */
export interface MovePlan {
  /** The share of the slots that change their shard: 0 to 1. About the same share of the keys moves. */
  readonly movedShare: number;
  /** The number of slots that change their shard: 0 to 16384. */
  readonly slots: number;
}

/** Compares two placements. */
export function planMove(from: PlacementTable, to: PlacementTable): MovePlan {
  let slots = 0;
  for (let slot = 0; slot < SLOT_COUNT; slot++) if (from.ownerOf(slot) !== to.ownerOf(slot)) slots++;
  return { movedShare: slots / SLOT_COUNT, slots };
}
