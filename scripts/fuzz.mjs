import { importTypescript } from '../libs/redis/test/codec/support/import-typescript.mjs';
import { fuzzArguments, printOutcomes } from './setup/fuzz-arguments.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';

function print({ outcomes, slowestMs, grownBytes }) {
  printOutcomes(outcomes);
  console.log(
    `the slowest case took ${slowestMs.toFixed(1)} ms; memory grew by ${Math.round(grownBytes / 2 ** 20)} MiB`,
  );
}

await runScript(async () => {
  const options = fuzzArguments(process.argv.slice(2), { script: 'fuzz', cases: 2_000_000 });
  await prepare({ build: false });
  const { runFuzz } = await importTypescript(inRoot('libs/redis/test/codec/fuzz/run-fuzz.ts'));
  const startedAt = performance.now();
  const { seed, cases } = options;
  step(`Fuzzing the codec: seed ${seed}, ${cases} cases`);
  const onProgress = (done) => step(`${done} cases in ${secondsSince(startedAt)}`);
  try {
    print(await runFuzz({ ...options, onProgress }));
  } catch (error) {
    throw new SetupError(error.message);
  }
  console.log(`${cases} cases passed in ${secondsSince(startedAt)}, seed ${seed}`);
});
