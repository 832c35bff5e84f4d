import { parseArgs } from 'node:util';
import { installFolder } from './setup/install-folder.mjs';
import { inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { runCommand } from './setup/run-command.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript, secondsSince, SetupError, step } from './setup/step.mjs';
import { stopWithNpm } from './setup/stop-with-npm.mjs';

const USAGE = 'usage: npm run docs [-- --dev [--port <number>]]';
const TYPEDOC = inRoot('docs', 'node_modules', 'typedoc', 'bin', 'typedoc');
const VITEPRESS = inRoot('docs', 'node_modules', 'vitepress', 'bin', 'vitepress.js');
const OUTPUT = inRoot('docs', '.vitepress', 'dist');

stopWithNpm();
await runScript(async () => {
  const { dev, port } = readArguments();
  await prepare({ build: false });
  // The tools of the site are not part of the workspace, so that only the site installs them.
  await withSetupLock(() => installFolder('docs', 'the tools of the documentation site'));
  await generateApiPages();
  if (dev) return serve(port);
  await build();
});

function readArguments() {
  try {
    const { values } = parseArgs({ options: { dev: { type: 'boolean' }, port: { type: 'string' } } });
    return values;
  } catch (error) {
    throw new SetupError(`${error.message}\n${USAGE}`);
  }
}

/** Writes docs/reference/api from the docstrings. */
async function generateApiPages() {
  step('Generating the API pages (typedoc)');
  await run('TypeDoc', [TYPEDOC, '--options', inRoot('docs', 'typedoc.json'), '--logLevel', 'Error']);
}

async function build() {
  step('Building the site (vitepress build)');
  const startedAt = performance.now();
  await run('VitePress', [VITEPRESS, 'build', inRoot('docs')]);
  const { findOutsideRequests } = await import('../docs/.vitepress/outside-requests.mjs');
  const found = findOutsideRequests(OUTPUT);
  if (found.length > 0) throw new SetupError(`The site loads resources from other hosts:\n${found.join('\n')}`);
  step(`Built in ${secondsSince(startedAt)}: ${OUTPUT}`);
}

/** Serves the site on loopback and reloads changed pages. */
async function serve(port = '5173') {
  const words = [VITEPRESS, 'dev', inRoot('docs'), '--host', '127.0.0.1', '--port', port];
  const { code } = await runCommand(process.execPath, words, { show: true });
  process.exitCode = code;
}

async function run(tool, words) {
  const { code, output } = await runCommand(process.execPath, words);
  if (code !== 0) throw new SetupError(`${tool} failed with code ${code}; see its output above.`, output);
}
