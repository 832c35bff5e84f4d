import { installFolder } from './setup/install-folder.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript } from './setup/step.mjs';

// The peers of bench/ are not part of the workspace, so that only a benchmark installs them.
await runScript(() => withSetupLock(() => installFolder('bench', 'the libraries to compare with')));
// Imported last: the subjects import the packages that were just installed.
const { main } = await import('../bench/harness/main.mjs');
await main(process.argv.slice(2));
