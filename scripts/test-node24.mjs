import { existsSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

/** The specs that depend on the version of Node.js: Zstandard needs 22.15 or newer. */
const TESTS = [
  ...['codec', 'compression', 'encryption'].map((folder) => `libs/redis/src/domain/${folder}`),
  'libs/redis/test/codec',
];

/** The path of a Node.js with Zstandard: this one, or Node 24 from the cache of npm. */
async function findNode() {
  if ('zstdCompressSync' in zlib) return process.execPath;
  // Fail fast without a network.
  const env = { ...process.env, npm_config_fetch_retries: '1', npm_config_fetch_timeout: '60000' };
  const { output } = await runCommand('npx', ['--yes', 'node@24', '--print', 'process.execPath'], { env });
  const path = output
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== process.execPath && existsSync(line));
  if (path !== undefined) return path;
  throw new SetupError(
    'Node 24 could not be had from npm, and this one has no Zstandard: check the network (or proxy), ' +
      'or run this with Node 22.15 or newer.',
    output,
  );
}

stopWithNpm();
await runScript(async () => {
  await prepare({ build: false });
  const node = await findNode();
  const { output: version } = await runCommand(node, ['--version']);
  step(`Testing the codec with Node ${version.trim()}`);
  const startedAt = performance.now();
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const { code, output } = await runCommand(node, [vitest, 'run', ...TESTS, ...process.argv.slice(2)]);
  if (code !== 0) throw new SetupError(`The codec fails its tests with Node ${version.trim()}.`, output);
  const summary = output.trimEnd().split('\n').at(-1);
  step(`${summary} with Node ${version.trim()} in ${secondsSince(startedAt)}`);
});
