// Runs the codec's tests on Node 24, where zstd is there; on a Node that has it, on that one.
import zlib from 'node:zlib';
import { inRoot } from './setup/paths.mjs';
import { installIfNeeded } from './setup/install-if-needed.mjs';
import { runCommand } from './setup/run-command.mjs';
import { runScript, SetupError, step } from './setup/step.mjs';

const NODE = 'node@24';
const TESTS = ['libs/redis/src/domain', 'libs/redis/test/codec'];

await runScript(async () => {
  await installIfNeeded();
  const vitest = [inRoot('node_modules', 'vitest', 'vitest.mjs'), 'run', ...TESTS, ...process.argv.slice(2)];
  const { code } = await runCommand(...(await commandFor(vitest)), { show: true });
  process.exitCode = code;
});

async function commandFor(args) {
  if ('zstdCompressSync' in zlib) return [process.execPath, args];
  const { code, output } = await runCommand('npx', ['-y', NODE, '--version']);
  if (code !== 0)
    throw new SetupError('Node 24 cannot be had: it comes from the npm registry, which does not answer', output);
  const version = /v24[\d.]+/.exec(output)?.[0];
  step(`Testing the codec on Node ${version}`);
  return ['npx', ['-y', NODE, ...args]];
}
