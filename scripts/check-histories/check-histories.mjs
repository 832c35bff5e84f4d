import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { importTypescript } from '../../libs/redis/test/codec/support/import-typescript.mjs';
import { printOutcomes } from '../setup/fuzz-arguments.mjs';
import { secondsSince, SetupError, step } from '../setup/step.mjs';

/** The interval between lines of progress. */
const PROGRESS_MS = 5000;
/** The least number of short histories for which a thread is started: it loads the code first. */
const MIN_SHARE = 1000;

/** Runs a share of the histories on a thread. */
function runThread(workerData, onDone) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', ({ done, report }) => {
      if (done !== undefined) onDone(done);
      if (report !== undefined) resolve(report);
    });
    worker.on('exit', (code) => reject(new SetupError(`a thread ended with code ${code} before its report`)));
  });
}

/**
 * Runs random histories on all cores.
 * @param path the module that exports `checkHistories`
 * @param options `minShare`: the least number of histories for which a thread is started
 */
export async function checkAll(subject, path, { seed, histories, minShare = MIN_SHARE }) {
  const startedAt = performance.now();
  step(`Checking ${subject}: seed ${seed}, ${histories} histories`);
  const threads = Math.max(1, Math.min(availableParallelism(), Math.floor(histories / minShare)));
  const share = Math.ceil(histories / threads);
  const done = Array.from({ length: threads }, () => 0);
  let printedAt = startedAt;
  const report = (thread, count) => {
    done[thread] = count;
    if (performance.now() - printedAt < PROGRESS_MS) return;
    printedAt = performance.now();
    const total = done.reduce((sum, one) => sum + one, 0);
    step(`${total} histories in ${secondsSince(startedAt)}`);
  };
  const reports = await Promise.all(
    done.map((_, thread) => {
      const from = thread * share;
      const range = { seed, from, histories: Math.max(0, Math.min(share, histories - from)) };
      return runThread({ ...range, path }, (count) => report(thread, count));
    }),
  );
  const broken = reports.map((one) => one.broken).find((text) => text !== undefined);
  if (broken !== undefined) throw new SetupError(broken);
  printOutcomes(sumOf(reports.map(({ counts }) => counts)));
  const total = reports.reduce((sum, one) => sum + one.done, 0);
  console.log(`${total} histories passed in ${secondsSince(startedAt)}, seed ${seed}`);
}

/**
 * Runs one history.
 * @param path the module that exports `replayHistory`
 */
export async function replay(path, { seed, index }) {
  const { replayHistory } = await importTypescript(path);
  const broken = await replayHistory(seed, index);
  if (broken !== undefined) throw new SetupError(broken);
  console.log(`history ${seed}:${index} passed`);
}

function sumOf(all) {
  const sum = new Map();
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sum.set(name, (sum.get(name) ?? 0) + count);
  }
  return sum;
}
