import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { importTypescript } from '../libs/redis/test/codec/support/import-typescript.mjs';
import { checkPeer, PEERS } from './check-cache/check-peer.mjs';
import { printOutcomes } from './setup/fuzz-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';

const HISTORIES = 1_000_000;
/** Most objects of a history die with it. With more room for young objects, few of them are copied. */
const YOUNG_GENERATION_MB = 192;
const USAGE = `usage: npm run check:cache -- [--seed <number> | --seed <number>:<index>] [--histories <number>]
       npm run check:cache -- --peer ${PEERS.join('|')}`;

/** Parses the arguments. `--seed 7:42` replays the history with index 42 of the seed 7. */
function checkArguments(words) {
  const string = { type: 'string' };
  try {
    const { values } = parseArgs({ args: words, options: { seed: string, histories: string, peer: string } });
    const { seed: text = String(Date.now() % 2 ** 31), histories = String(HISTORIES), peer } = values;
    const [seed, index] = text.split(':').map(Number);
    const numbers = [seed, Number(histories), ...(index === undefined ? [] : [index])];
    if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) throw new Error('not a whole number');
    if (peer !== undefined && !PEERS.includes(peer)) throw new Error('unknown peer');
    return { seed, index, histories: Number(histories), peer };
  } catch (error) {
    throw new SetupError(`${error.message}\n${USAGE}`);
  }
}

/** Runs a share of the histories on a thread. */
function runThread(workerData, onDone) {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
  const worker = new Worker(new URL('check-cache/worker.mjs', import.meta.url), { workerData, resourceLimits });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', ({ done, report }) => {
      if (done !== undefined) onDone(done);
      if (report !== undefined) resolve(report);
    });
    worker.on('exit', (code) => reject(new SetupError(`a thread ended with code ${code} before its report`)));
  });
}

async function checkAll({ seed, histories }) {
  const startedAt = performance.now();
  step(`Checking CacheService: seed ${seed}, ${histories} histories`);
  const threads = Math.max(1, Math.min(availableParallelism(), Math.floor(histories / 1000)));
  const share = Math.ceil(histories / threads);
  const done = Array.from({ length: threads }, () => 0);
  const report = (thread, count) => {
    done[thread] = count;
    const total = done.reduce((sum, one) => sum + one, 0);
    if (total % 10_000 < 1000) step(`${total} histories in ${secondsSince(startedAt)}`);
  };
  const reports = await Promise.all(
    done.map((_, thread) => {
      const from = thread * share;
      const range = { seed, from, histories: Math.max(0, Math.min(share, histories - from)) };
      return runThread(range, (count) => report(thread, count));
    }),
  );
  const broken = reports.map((one) => one.broken).find((text) => text !== undefined);
  if (broken !== undefined) throw new SetupError(broken);
  printOutcomes(sumOf(reports.map(({ counts }) => counts)));
  const total = reports.reduce((sum, one) => sum + one.done, 0);
  console.log(`${total} histories passed in ${secondsSince(startedAt)}, seed ${seed}`);
}

function sumOf(all) {
  const sum = new Map();
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sum.set(name, (sum.get(name) ?? 0) + count);
  }
  return sum;
}

async function replay({ seed, index }) {
  const path = inRoot('libs/redis/test/cache-engine/histories/check-histories.ts');
  const { replayHistory } = await importTypescript(path);
  const broken = await replayHistory(seed, index);
  if (broken !== undefined) throw new SetupError(broken);
  console.log(`history ${seed}:${index} passed`);
}

await runScript(async () => {
  const options = checkArguments(process.argv.slice(2));
  await prepare({ build: false });
  if (options.peer !== undefined) return checkPeer(options.peer);
  return options.index === undefined ? checkAll(options) : replay(options);
});
