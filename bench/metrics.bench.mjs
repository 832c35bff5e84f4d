// Operations: what the metrics cost, what reads notice of a cleanup, and what health checks answer during outages.
import { measureInTurn } from './harness/rounds.mjs';
import { measureCleanup } from './metrics/cleanup.mjs';
import { measureHealth } from './metrics/health.mjs';
import { measureNearHits } from './metrics/near-hits.mjs';
import { measureReads } from './metrics/reads.mjs';
import { measureScrapes } from './metrics/scrapes.mjs';

const FULL = {
  reads: { rounds: 41, sliceMs: 100, warmUpMs: 1000 },
  near: { rounds: 31, sliceMs: 100, warmUpMs: 500 },
  scrapes: { warmUp: 50, count: 101 },
  cleanup: { keys: 1_000_000, idleMs: 15_000 },
  health: 3,
};
const QUICK = {
  reads: { rounds: 11, sliceMs: 60, warmUpMs: 400 },
  near: { rounds: 9, sliceMs: 40, warmUpMs: 200 },
  scrapes: { warmUp: 20, count: 31 },
  cleanup: { keys: 200_000, idleMs: 4000 },
  health: 1,
};

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  return measureInTurn(log, [
    ['reads in Redis', () => measureReads(redis, schedule.reads)],
    ['near hits', () => measureNearHits(redis, schedule.near)],
    ['scrapes', () => measureScrapes(redis, schedule.scrapes)],
    ['a cleanup beside reads', () => measureCleanup(schedule.cleanup)],
    ['health checks during outages', () => measureHealth(schedule.health, log)],
  ]);
}
