import { assignWithinCaps } from './capped-assignment.js';
import { checkShards, type KeyLocator, type PlacedShard, type WeightedShard } from './placed-shard.js';
import { slotCosts } from './slot-costs.js';
import { SLOT_COUNT, slotOf } from './slots.js';

/** The most that a shard owns above its share of the slots. */
const MAX_IMBALANCE = 0.01;

/**
 * The placement of keys on shards: key to slot as in Redis Cluster, slot to shard by weighted rendezvous hashing with a
 * cap. A shard owns at most 1 % more slots than its share, rounded down, or its share rounded up. The table is a pure
 * function of ids and weights, so all processes agree without communication. It takes some milliseconds to compute for
 * each shard, and the lookups are then one read of an array.
 * @see docs/decisions/0045-placement-of-keys-on-shards.md
 */
export class PlacementTable implements KeyLocator {
  /** The ids of the shards. */
  readonly ids: readonly string[];
  /** For each slot, the position of its owner in `ids`. */
  private readonly owners: Uint16Array;

  /** @throws RedisInfraError OPTION_INVALID */
  constructor(shards: readonly PlacedShard[]) {
    const weighted = checkShards(shards);
    const caps = capsOf(weighted);
    const candidates = weighted.map(({ id, weight }, at) => ({ costs: slotCosts(id, weight), cap: caps[at] ?? 0 }));
    this.ids = weighted.map(({ id }) => id);
    this.owners = assignWithinCaps(candidates);
  }

  /** Returns the share of the slots that each shard owns, 0 to 1. */
  shares(): ReadonlyMap<string, number> {
    const counts = this.ids.map(() => 0);
    for (const position of this.owners) counts[position] = (counts[position] ?? 0) + 1;
    return new Map(this.ids.map((id, at) => [id, (counts[at] ?? 0) / SLOT_COUNT]));
  }

  /** Returns the id of the shard that owns a key. */
  shardOf(key: string): string {
    return this.ownerOf(slotOf(key));
  }

  /** Returns the id of the shard that owns a slot. @param slot 0 to 16383 */
  ownerOf(slot: number): string {
    return this.ids[this.positionOf(slot)] ?? '';
  }

  /** Returns the position in `ids` of the shard that owns a slot. @param slot 0 to 16383 */
  positionOf(slot: number): number {
    return this.owners[slot] ?? 0;
  }
}

/** The caps add up to at least the number of slots, because none is less than the share of its shard. */
function capsOf(shards: readonly WeightedShard[]): readonly number[] {
  const sum = shards.reduce((total, { weight }) => total + weight, 0);
  return shards.map(({ weight }) => {
    const share = (SLOT_COUNT * weight) / sum;
    return Math.max(Math.ceil(share), Math.floor(share * (1 + MAX_IMBALANCE)), 1);
  });
}
