import { parseArgs } from 'node:util';
import { importTypescript } from '../libs/redis/test/codec/support/import-typescript.mjs';
import { ensureRedisServer } from './ensure-redis-server.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';

const USAGE = 'usage: npm run fuzz:rate-limit -- [--seed <number>] [--cases <number>] [--from <number>]';

function readArguments(words) {
  const string = { type: 'string' };
  try {
    const { values } = parseArgs({ args: words, options: { seed: string, cases: string, from: string } });
    const { seed = String(Date.now() % 2 ** 31), cases = '20000', from = '0' } = values;
    const numbers = { seed: Number(seed), cases: Number(cases), from: Number(from) };
    const wrong = Object.keys(numbers).find((name) => !Number.isSafeInteger(numbers[name]) || numbers[name] < 0);
    if (wrong !== undefined) throw new Error(`--${wrong} must be a whole number`);
    return numbers;
  } catch (error) {
    throw new SetupError(`${error.message}\n${USAGE}`);
  }
}

await runScript(async () => {
  const options = readArguments(process.argv.slice(2));
  await prepare({ build: false });
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const { fuzzOnServer } = await importTypescript(inRoot('libs/redis/test/rate-limit/fuzz/fuzz-on-server.ts'));
  const startedAt = performance.now();
  const { seed, cases } = options;
  step(`Fuzzing decide.lua against its twin: seed ${seed}, ${cases} cases`);
  const onProgress = (done) => step(`${done} cases in ${secondsSince(startedAt)}`);
  try {
    const outcomes = await fuzzOnServer({ ...options, onProgress });
    for (const [outcome, count] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${String(count).padStart(9)}  ${outcome}`);
    }
  } catch (error) {
    throw new SetupError(error.message);
  }
  console.log(`${cases} cases passed in ${secondsSince(startedAt)}, seed ${seed}`);
});
