import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumerNames, testConsumer } from './consumers/consumer.mjs';
import { packPackage } from './consumers/packed-package.mjs';
import { runIn } from './consumers/run-in.mjs';
import { ensureRedisServer } from './ensure-redis-server.mjs';
import { installFolder } from './setup/install-folder.mjs';
import { inRoot, ROOT } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

/** The specs of the module and the guard with NestJS 11, which is installed in the folder of this name. */
const NEST_11 = 'nest-11';
// An installation waits for the network and a test for a compiler, so two at a time keep a small machine busy.
const PARALLEL = Math.max(2, availableParallelism() >> 1);

stopWithNpm();
await runScript(async () => {
  const names = selectedNames(process.argv.slice(2));
  await prepare();
  const server = await ensureRedisServer();
  const folder = mkdtempSync(join(tmpdir(), 'consumers-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tarball = await packPackage(folder);
  const context = { tarball, folder, env: { REDIS_SERVER_BIN: server } };
  const failed = await runAll(names, (name) => (name === NEST_11 ? testNest11(context) : testConsumer(name, context)));
  process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
});

function selectedNames(words) {
  // The longest one first.
  const all = [NEST_11, ...consumerNames()];
  const unknown = words.find((word) => !all.includes(word));
  if (unknown !== undefined) throw new SetupError(`unknown consumer ${unknown}; known: ${all.join(', ')}`);
  return words.length === 0 ? all : words;
}

/** Runs `test` for each name, some at a time, and returns the number of failures. */
async function runAll(names, test) {
  const pending = [...names];
  let failed = 0;
  const work = async () => {
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
      const startedAt = performance.now();
      const failure = await test(name);
      const time = secondsSince(startedAt);
      if (failure === undefined) step(`${name}: passed in ${time}`);
      else {
        failed++;
        step(`${name}: ${failure.step} failed after ${time}\n${failure.output.trimEnd()}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return failed;
}

async function testNest11({ env }) {
  await withSetupLock(() => installFolder(`test/${NEST_11}`, 'NestJS 11'));
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  // Another application is tested at the same time, so fewer workers than for all tests.
  const words = [vitest, 'run', '--maxWorkers=3', '--config', `test/${NEST_11}/vitest.config.ts`];
  const { code, output } = await runIn(ROOT, process.execPath, words, { env });
  return code === 0 ? undefined : { step: 'vitest', output };
}
