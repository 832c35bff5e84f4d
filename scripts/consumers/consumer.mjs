import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inRoot } from '../setup/paths.mjs';
import { runIn } from './run-in.mjs';

const CONSUMERS = inRoot('test', 'consumers');
const SHARED = join(CONSUMERS, 'shared');
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** The names of the consumers: the folders with a package.json. */
export function consumerNames() {
  return readdirSync(CONSUMERS).filter((name) => existsSync(join(CONSUMERS, name, 'package.json')));
}

/** The files of `test/consumers/shared` that belong into `src` of a consumer: the list `shared` of its package.json. */
function sharedFilesOf(name) {
  const { shared = [] } = JSON.parse(readFileSync(join(CONSUMERS, name, 'package.json'), 'utf8'));
  return shared;
}

/**
 * Copies a consumer out of the workspace, so that it finds its own packages only, installs its lock file and then the
 * tarball, as npm does for users with a check of the peers, and runs its tests. Returns the failed step and its output,
 * or undefined.
 */
export async function testConsumer(name, { tarball, folder, env }) {
  const project = join(folder, name);
  cpSync(join(CONSUMERS, name), project, {
    recursive: true,
    filter: (path) => !['node_modules', 'dist'].includes(basename(path)),
  });
  for (const file of sharedFilesOf(name)) cpSync(join(SHARED, file), join(project, 'src', file));
  const steps = {
    'npm ci': ['ci', ...QUIET],
    'npm install': ['install', tarball, '--no-save', ...QUIET],
    'npm test': ['test', '--silent'],
  };
  for (const [step, words] of Object.entries(steps)) {
    const { code, output } = await runIn(project, 'npm', words, { env });
    if (code !== 0) return { step, output };
  }
  return undefined;
}
