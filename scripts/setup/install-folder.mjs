import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError, step } from './step.mjs';

/**
 * Installs a folder that has its own lock file and is not a workspace, unless it is up to date. `what` describes its
 * packages in the printed step.
 */
export async function installFolder(folder, what) {
  const marker = inRoot(folder, 'node_modules', '.installed');
  const lock = createHash('sha256')
    .update(readFileSync(inRoot(folder, 'package-lock.json')))
    .digest('hex');
  if (read(marker) === lock) return;
  step(`Installing ${what} (npm ci in ${folder}/)`);
  const words = ['ci', '--prefix', inRoot(folder), '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runCommand('npm', words);
  if (code !== 0) throw new SetupError(`npm ci in ${folder}/ failed with code ${code}; see its output above.`, output);
  writeFileSync(marker, lock);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
