import { KetamaRing } from '../../../domain/placement/ketama-ring.js';
import type { KeyLocator, PlacedShard } from '../../../domain/placement/placed-shard.js';
import { PlacementTable } from '../../../domain/placement/placement-table.js';
import { SLOT_COUNT, slotOf } from '../../../domain/placement/slots.js';
import type { ShardLocator } from '../sharded-options.js';
import type { Shard } from '../shards/shard.js';

/** Where the keys are. Keys are full keys, with the prefix of the store. */
export interface Routes {
  /** The shard that a key is read from and written to. */
  owner(key: string): Shard;
  /**
   * While keys move, the shard that owns the key in the neighbouring phase. Every change removes the key there and voids
   * its lease. Undefined if the key does not move.
   */
  other(key: string): Shard | undefined;
}

/** Returns the shard with an id. */
export type NamedShard = (id: string) => Shard;

/** Finds the id of the shard of a full key. */
export function locatorOf(shards: readonly PlacedShard[], locator: ShardLocator): KeyLocator {
  const placed = shards.map(({ id, weight = 1 }) => ({ id, weight }));
  return locator === 'ketama' ? new KetamaRing(placed) : new PlacementTable(placed);
}

/** Creates the routes of shards that do not change. @throws RedisInfraError OPTION_INVALID */
export function routesOf(shards: readonly PlacedShard[], named: NamedShard, locator: ShardLocator): Routes {
  const [only] = shards;
  if (only !== undefined && shards.length === 1) {
    const shard = named(only.id);
    return { owner: () => shard, other: () => undefined };
  }
  if (locator === 'ketama') {
    const ring = locatorOf(shards, locator);
    return { owner: (key) => named(ring.shardOf(key)), other: () => undefined };
  }
  const owners = ownersOf(shards, named);
  return { owner: (key) => at(owners, slotOf(key)), other: () => undefined };
}

/** Creates the routes of a move: `shards` own the keys, and `others` own them in the neighbouring phase. */
export function movingRoutes(
  shards: readonly PlacedShard[],
  others: readonly PlacedShard[],
  named: NamedShard,
): Routes {
  const owners = ownersOf(shards, named);
  const otherOwners = ownersOf(others, named);
  return {
    owner: (key) => at(owners, slotOf(key)),
    other: (key) => {
      const slot = slotOf(key);
      const other = at(otherOwners, slot);
      return other === at(owners, slot) ? undefined : other;
    },
  };
}

/** The owner of each slot. */
function ownersOf(shards: readonly PlacedShard[], named: NamedShard): readonly Shard[] {
  const table = new PlacementTable(shards.map(({ id, weight = 1 }) => ({ id, weight })));
  return Array.from({ length: SLOT_COUNT }, (_, slot) => named(table.ownerOf(slot)));
}

function at(owners: readonly Shard[], slot: number): Shard {
  const owner = owners[slot];
  if (owner === undefined) throw new RangeError('a slot is less than 16384');
  return owner;
}
