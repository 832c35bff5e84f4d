import { readFileSync } from 'node:fs';
import { ensureRedisServer } from './ensure-redis-server.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

/** Runs the tests with a package in the place of `ioredis`, also in the processes that the tests start. */
async function testWith(name, server) {
  const { version } = JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8'));
  step(`Testing with ioredis ${version}`);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const options = `${process.env.NODE_OPTIONS ?? ''} --import=${inRoot('test', 'ioredis.hook.mjs')}`;
  const { code } = await runCommand(
    process.execPath,
    [vitest, 'run', '--project', 'servers*', ...process.argv.slice(2)],
    { env: { ...process.env, REDIS_SERVER_BIN: server, TEST_IOREDIS: name, NODE_OPTIONS: options }, show: true },
  );
  return code;
}

stopWithNpm();
await runScript(async () => {
  await prepare();
  const server = await ensureRedisServer();
  const { devDependencies } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const others = Object.keys(devDependencies).filter((name) => name.startsWith('ioredis-'));
  for (const name of others) {
    process.exitCode = (await testWith(name, server)) || process.exitCode;
  }
});
