import { KetamaRing } from '../../../domain/placement/ketama-ring.js';
import type { KeyLocator, PlacedShard } from '../../../domain/placement/placed-shard.js';
import { PlacementTable } from '../../../domain/placement/placement-table.js';
import { slotOf } from '../../../domain/placement/slots.js';
import { topologyDigest } from '../../../domain/placement/topology.js';
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

/** Tables take some time to compute, and a reshard uses the same few several times. The oldest is the first. */
const tables = new Map<string, PlacementTable>();
const MAX_TABLES = 4;

/** Returns the placement of keys by slots. @throws RedisInfraError OPTION_INVALID */
export function tableOf(shards: readonly PlacedShard[]): PlacementTable {
  const placed = shards.map(({ id, weight = 1 }) => ({ id, weight }));
  const name = topologyDigest(placed);
  const table = tables.get(name) ?? new PlacementTable(placed);
  tables.delete(name);
  tables.set(name, table);
  for (const oldest of tables.keys()) if (tables.size > MAX_TABLES) tables.delete(oldest);
  return table;
}

/** Finds the id of the shard of a full key. */
export function locatorOf(shards: readonly PlacedShard[], locator: ShardLocator): KeyLocator {
  if (locator === 'slots') return tableOf(shards);
  return new KetamaRing(shards.map(({ id, weight = 1 }) => ({ id, weight })));
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
  const ownerAt = ownersOf(shards, named);
  return { owner: (key) => ownerAt(slotOf(key)), other: () => undefined };
}

/** Creates the routes of a move: `shards` own the keys, and `others` own them in the neighbouring phase. */
export function movingRoutes(
  shards: readonly PlacedShard[],
  others: readonly PlacedShard[],
  named: NamedShard,
): Routes {
  const ownerAt = ownersOf(shards, named);
  const otherAt = ownersOf(others, named);
  return {
    owner: (key) => ownerAt(slotOf(key)),
    other: (key) => {
      const slot = slotOf(key);
      const other = otherAt(slot);
      return other === ownerAt(slot) ? undefined : other;
    },
  };
}

/** Returns the owner of a slot. */
function ownersOf(shards: readonly PlacedShard[], named: NamedShard): (slot: number) => Shard {
  const table = tableOf(shards);
  const owners = table.ids.map(named);
  return (slot) => owners[table.positionOf(slot)] ?? named('');
}
