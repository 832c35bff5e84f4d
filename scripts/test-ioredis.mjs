import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureRedisServer } from './ensure-redis-server.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

/**
 * Tests of what is built on the adapter, which do not depend on the client below it. `npm test` runs them with one
 * version; here they would take most of the time.
 */
const ABOVE_THE_CLIENT = /^(cache-engine|fallback|cache-decorators|http-cache|rate-limit-guard|rate-limiter)-/;
const INTEGRATION = join('libs', 'redis', 'test', 'integration');

/** The integration tests that run on a connection, or those that the arguments name. */
function testFiles() {
  const named = process.argv.slice(2);
  if (named.length > 0) return named;
  const files = readdirSync(inRoot(INTEGRATION)).filter((file) => file.endsWith('.int-spec.ts'));
  return files.filter((file) => !ABOVE_THE_CLIENT.test(file)).map((file) => join(INTEGRATION, file));
}

/** Runs the tests with a package in the place of `ioredis`, also in the processes that the tests start. */
async function testWith(name, server) {
  const { version } = JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8'));
  step(`Testing with ioredis ${version}`);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const options = `${process.env.NODE_OPTIONS ?? ''} --import=${inRoot('test', 'ioredis.hook.mjs')}`;
  const { code } = await runCommand(process.execPath, [vitest, 'run', '--project', 'servers*', ...testFiles()], {
    env: { ...process.env, REDIS_SERVER_BIN: server, TEST_IOREDIS: name, NODE_OPTIONS: options },
    show: true,
  });
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
