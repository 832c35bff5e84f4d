import { installFolder } from './setup/install-folder.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript } from './setup/step.mjs';

// What bench/ compares with is not part of the workspace, so that only a measurement pays for it.
await runScript(() => withSetupLock(() => installFolder('bench', 'the libraries to compare with')));
// Only now: the subjects import what has just been installed.
const { main } = await import('../bench/harness/main.mjs');
await main(process.argv.slice(2));
