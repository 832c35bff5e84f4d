// The placement of keys on shards, compared with hash rings: speed of a lookup, balance, keys moved by a change. And
// what reads from several servers cost, compared with reads from one.
import { randomKeys } from './sharding/keys.mjs';
import { measureLookups } from './sharding/lookups.mjs';
import { measurePlacements } from './sharding/placements.mjs';
import { measureReads } from './sharding/reads.mjs';

/** A placement is computed without Redis, and the reads have servers of their own. */
export const needsRedis = false;

const KEYS = 1_000_000;
const FULL = {
  lookups: { rounds: 11, sliceMs: 100, warmUpMs: 500 },
  reads: { rounds: 21, sliceMs: 100, warmUpMs: 1000 },
  removals: 10,
};
const QUICK = {
  lookups: { rounds: 3, sliceMs: 30, warmUpMs: 200 },
  reads: { rounds: 9, sliceMs: 80, warmUpMs: 500 },
  removals: 2,
};

export async function measure({ quick, log }) {
  const schedule = quick ? QUICK : FULL;
  log('measuring lookups');
  const lookups = await measureLookups(schedule.lookups);
  log('measuring reads from four servers and from one');
  const reads = await measureReads(schedule.reads);
  log(`measuring balance and movement with ${KEYS.toLocaleString('en')} keys`);
  return [...lookups, ...reads, ...measurePlacements(randomKeys(KEYS), schedule.removals)];
}
