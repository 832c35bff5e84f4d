// The placement of keys on shards, compared with hash rings: speed of a lookup, balance, keys moved by a change.
import { randomKeys } from './sharding/keys.mjs';
import { measureLookups } from './sharding/lookups.mjs';
import { measurePlacements } from './sharding/placements.mjs';

/** A placement is computed without Redis. */
export const needsRedis = false;

const KEYS = 1_000_000;
const FULL = { rounds: 11, sliceMs: 100, warmUpMs: 500, removals: 10 };
const QUICK = { rounds: 3, sliceMs: 30, warmUpMs: 200, removals: 2 };

export async function measure({ quick, log }) {
  const schedule = quick ? QUICK : FULL;
  log('measuring lookups');
  const lookups = await measureLookups(schedule);
  log(`measuring balance and movement with ${KEYS.toLocaleString('en')} keys`);
  return [...lookups, ...measurePlacements(randomKeys(KEYS), schedule.removals)];
}
