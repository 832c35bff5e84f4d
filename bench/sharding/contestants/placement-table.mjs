// The built package. The table is not exported: ShardedCache contains one.
import { PlacementTable } from '../../../libs/redis/build/domain/placement/placement-table.js';

export const label = 'PlacementTable';

/** A table is computed for each topology. */
export function open(ids) {
  let table = tableOf(ids);
  return {
    shardOf: (key) => table.shardOf(key),
    add: (id) => void (table = tableOf([...ids, id])),
    remove: (id) => void (table = tableOf(ids.filter((each) => each !== id))),
  };
}

const tableOf = (ids) => new PlacementTable(ids.map((id) => ({ id })));
