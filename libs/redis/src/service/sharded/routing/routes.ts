import { KetamaRing } from '../../../domain/placement/ketama-ring.js';
import type { PlacedShard } from '../../../domain/placement/placed-shard.js';
import { PlacementTable } from '../../../domain/placement/placement-table.js';
import { SLOT_COUNT, slotOf } from '../../../domain/placement/slots.js';
import { topologyDigest } from '../../../domain/placement/topology.js';
import type { Shard } from '../shards/shard.js';
import type { ShardLocator } from '../sharded-options.js';

/** Where the keys are. Keys are full keys, with the prefix of the store. */
export interface Routes {
  /** The shard that a key is read from and written to. */
  owner(key: string): Shard;
  /**
   * While keys move, the shard that owns the key in the neighbouring phase. Every change first removes the key there and
   * voids its lease. Undefined if the key does not move.
   */
  other(key: string): Shard | undefined;
}

/** The digest of shards and weights: equal if and only if they place all keys alike. */
export function topologyOf(shards: readonly PlacedShard[], locator: ShardLocator): string {
  const digest = topologyDigest(shards.map(({ id, weight = 1 }) => ({ id, weight })));
  return locator === 'slots' ? digest : `${locator}:${digest}`;
}

/** Creates the routes of shards that do not change. @throws RedisInfraError OPTION_INVALID */
export function routesOf(shards: readonly Shard[], locator: ShardLocator): Routes {
  const placed = shards.map(({ id, weight }) => ({ id, weight }));
  const [only] = shards;
  if (only !== undefined && shards.length === 1) return fixedRoutes(() => only);
  const byId = new Map(shards.map((shard) => [shard.id, shard]));
  const named = (id: string): Shard => {
    const shard = byId.get(id);
    if (shard === undefined) throw new RangeError('the placement names an unknown shard');
    return shard;
  };
  if (locator === 'ketama') {
    const ring = new KetamaRing(placed);
    return fixedRoutes((key) => named(ring.shardOf(key)));
  }
  const table = new PlacementTable(placed);
  const owners = Array.from({ length: SLOT_COUNT }, (_, slot) => named(table.ownerOf(slot)));
  return fixedRoutes((key) => owners[slotOf(key)] ?? named(''));
}

function fixedRoutes(owner: (key: string) => Shard): Routes {
  return { owner, other: () => undefined };
}
