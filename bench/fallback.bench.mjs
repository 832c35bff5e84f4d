// FallbackCache: an outage of Redis as callers see it, the journal of invalidations, and what both cost before.
import { measureAddedCpu } from './fallback/added-cpu.mjs';
import { measureCopies } from './fallback/copies.mjs';
import { measureJournal } from './fallback/journal.mjs';
import { measureOutage } from './fallback/outage.mjs';
import { measureReplay } from './fallback/replay.mjs';
import { measureInTurn } from './harness/rounds.mjs';

const FULL = {
  journal: { runs: 5, entries: 100_000 },
  replay: { runs: 5, entries: 100_000 },
  outage: { runs: 3, reads: 10_000, deletes: 5000 },
  copies: [10_000, 100_000],
  cpu: { rounds: 21, sliceMs: 100, warmUpMs: 1500 },
};
const QUICK = {
  journal: { runs: 2, entries: 100_000 },
  replay: { runs: 2, entries: 100_000 },
  outage: { runs: 1, reads: 5000, deletes: 2000 },
  copies: [10_000],
  cpu: { rounds: 9, sliceMs: 80, warmUpMs: 800 },
};

export async function measure({ redis, quick, log }) {
  const schedule = quick ? QUICK : FULL;
  return measureInTurn(log, [
    ['the CPU that the fallback adds', () => measureAddedCpu(redis, schedule.cpu)],
    ['the memory of copies', () => measureCopies(redis, schedule.copies)],
    ['the journal', () => measureJournal(schedule.journal)],
    ['its replay', () => measureReplay(schedule.replay)],
    ['an outage', () => measureOutage(schedule.outage)],
  ]);
}
