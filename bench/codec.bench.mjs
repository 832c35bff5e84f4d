// The codec of the stores compared with JSON, other serialisers and keyv 6: speed, size, main-thread time, refused
// values.
import { measureBombs } from './codec/bombs.mjs';
import { measureIntegrity } from './codec/integrity.mjs';
import { GROUPS } from './codec/loads.mjs';
import { measureLoad } from './codec/measure-load.mjs';
import { openCodecs } from './codec/open-codecs.mjs';

/** No contestant uses Redis. */
export const needsRedis = false;

const FULL = { rounds: 11, sliceMs: 50, warmUpMs: 250, bombRuns: 3, skips: () => false };
const QUICK = {
  rounds: 3,
  sliceMs: 15,
  warmUpMs: 60,
  bombRuns: 1,
  skips: ({ operation, bytes }) => operation === 'round trip' && bytes > 10 * 1024,
};

async function measureGroup({ contestants: names, loads }, schedule, log) {
  const contestants = await openCodecs(names);
  const rows = [];
  for (const load of loads) {
    if (schedule.skips(load)) continue;
    log(`measuring ${load.title}, ${load.operation}`);
    rows.push(...(await measureLoad(load, contestants, schedule)));
  }
  for (const contestant of contestants) contestant.stop();
  return rows;
}

export async function measure({ quick, log }) {
  const schedule = quick ? QUICK : FULL;
  const rows = [];
  for (const group of GROUPS) rows.push(...(await measureGroup(group, schedule, log)));
  log('measuring refused values');
  rows.push(...(await measureIntegrity()), ...(await measureBombs(schedule.bombRuns)));
  return rows;
}
