import { importTypescript } from '../libs/redis/test/codec/support/import-typescript.mjs';
import { ensureRedisServer } from './ensure-redis-server.mjs';
import { fuzzArguments, printOutcomes } from './setup/fuzz-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';

await runScript(async () => {
  const options = fuzzArguments(process.argv.slice(2), { script: 'fuzz:rate-limit', cases: 20_000 });
  await prepare({ build: false });
  process.env.REDIS_SERVER_BIN = await ensureRedisServer();
  const { fuzzOnServer } = await importTypescript(inRoot('libs/redis/test/rate-limit/fuzz/fuzz-on-server.ts'));
  const startedAt = performance.now();
  const { seed, cases } = options;
  step(`Fuzzing decide.lua against its twin: seed ${seed}, ${cases} cases`);
  const onProgress = (done) => step(`${done} cases in ${secondsSince(startedAt)}`);
  try {
    const outcomes = await fuzzOnServer({ ...options, onProgress });
    printOutcomes(outcomes);
  } catch (error) {
    throw new SetupError(error.message);
  }
  console.log(`${cases} cases passed in ${secondsSince(startedAt)}, seed ${seed}`);
});
