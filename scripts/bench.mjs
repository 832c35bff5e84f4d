import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { runCommand } from './setup/run-command.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript, SetupError, step } from './setup/step.mjs';

const BENCH = inRoot('bench');
const MARKER = inRoot('bench', 'node_modules', '.installed');

function isInstalled(lock) {
  try {
    return readFileSync(MARKER, 'utf8') === lock;
  } catch {
    return false;
  }
}

/** What bench/ compares with is no part of the workspace: it is installed by the first measurement, so that nothing else pays for it. */
async function installPeers() {
  const lock = createHash('sha256')
    .update(readFileSync(inRoot('bench', 'package-lock.json')))
    .digest('hex');
  if (isInstalled(lock)) return;
  step('Installing the libraries to compare with (npm ci in bench/)');
  const words = ['ci', '--prefix', BENCH, '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runCommand('npm', words);
  if (code !== 0) throw new SetupError(`npm ci in bench/ failed with code ${code}: its own output is above.`, output);
  writeFileSync(MARKER, lock);
}

await runScript(() => withSetupLock(installPeers));
// Only now: the subjects import what has just been installed.
const { main } = await import('../bench/harness/main.mjs');
await main(process.argv.slice(2));
