// What the metrics cost: of a read in Redis, of a near hit, and of a scrape.
import { measureInTurn } from './harness/rounds.mjs';
import { measureNearHits } from './metrics/near-hits.mjs';
import { measureReads } from './metrics/reads.mjs';
import { measureScrapes } from './metrics/scrapes.mjs';

const FULL = {
  reads: { rounds: 41, sliceMs: 100, warmUpMs: 1000 },
  near: { rounds: 31, sliceMs: 100, warmUpMs: 500 },
  scrapes: { warmUp: 50, count: 101 },
};
const QUICK = {
  reads: { rounds: 11, sliceMs: 60, warmUpMs: 400 },
  near: { rounds: 9, sliceMs: 40, warmUpMs: 200 },
  scrapes: { warmUp: 20, count: 31 },
};

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  return measureInTurn(log, [
    ['reads in Redis', () => measureReads(redis, schedule.reads)],
    ['near hits', () => measureNearHits(redis, schedule.near)],
    ['scrapes', () => measureScrapes(redis, schedule.scrapes)],
  ]);
}
