// The placement of keys on shards, compared with hash rings: speed of a lookup, balance, keys moved by a change. Then
// reads of a ShardedCache, compared with one server.
import { randomKeys } from './sharding/keys.mjs';
import { measureLookups } from './sharding/lookups.mjs';
import { measurePlacements } from './sharding/placements.mjs';
import { measureReads } from './sharding/reads.mjs';

/** A placement is computed without Redis, and the reads start their own servers. */
export const needsRedis = false;

const KEYS = 1_000_000;
const FULL = { rounds: 11, sliceMs: 100, warmUpMs: 500, removals: 10 };
const FULL_READS = { rounds: 21, sliceMs: 150, warmUpMs: 1500 };
const QUICK = { rounds: 3, sliceMs: 30, warmUpMs: 200, removals: 2 };
const QUICK_READS = { rounds: 7, sliceMs: 80, warmUpMs: 600 };

export async function measure({ quick, log }) {
  const schedule = quick ? QUICK : FULL;
  log('measuring lookups');
  const lookups = await measureLookups(schedule);
  log(`measuring balance and movement with ${KEYS.toLocaleString('en')} keys`);
  const placements = measurePlacements(randomKeys(KEYS), schedule.removals);
  return [...lookups, ...placements, ...(await measureReads(quick ? QUICK_READS : FULL_READS, log))];
}
