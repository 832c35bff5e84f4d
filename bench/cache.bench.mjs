// CacheService compared with other caches: hits in the process and in Redis, cold keys, coherence, outages and memory.
import { measureColdCallers } from './cache/cold-callers.mjs';
import { measureMemory } from './cache/memory.mjs';
import { measureNearHits } from './cache/near-hits.mjs';
import { measureCopiesInOutage } from './cache/outage.mjs';
import { measureHttp, measureRedisHits } from './cache/redis-hits.mjs';
import { measureRemovals } from './cache/removals.mjs';
import { measureInTurn } from './harness/rounds.mjs';

const FULL = {
  near: { rounds: 21, sliceMs: 100, warmUpMs: 500 },
  redis: { rounds: 21, sliceMs: 100, warmUpMs: 1000 },
  http: { rounds: 31, sliceMs: 150, warmUpMs: 2500 },
  cold: { keys: 50 },
  removals: { writes: 1000 },
  outageRuns: 3,
  memory: { entries: 20_000 },
};
const QUICK = {
  near: { rounds: 7, sliceMs: 40, warmUpMs: 200 },
  redis: { rounds: 7, sliceMs: 60, warmUpMs: 400 },
  http: { rounds: 11, sliceMs: 120, warmUpMs: 1000 },
  cold: { keys: 10 },
  removals: { writes: 200 },
  outageRuns: 1,
  memory: { entries: 10_000 },
};

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  return measureInTurn(log, [
    ['near hits', () => measureNearHits(redis, schedule.near)],
    ['hits in Redis', () => measureRedisHits(redis, schedule.redis)],
    ['node:http', () => measureHttp(redis, schedule.http)],
    ['cold callers', () => measureColdCallers(redis, schedule.cold)],
    ['removals of near copies', () => measureRemovals(redis, schedule.removals)],
    ['an outage with copies', () => measureCopiesInOutage(schedule.outageRuns)],
    ['memory of near copies', () => measureMemory(redis, schedule.memory)],
  ]);
}
