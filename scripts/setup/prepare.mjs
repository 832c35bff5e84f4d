import { buildIfNeeded } from './build-if-needed.mjs';
import { checkNode } from './check-node.mjs';
import { installIfNeeded } from './install-if-needed.mjs';
import { embedLua } from './embed-lua.mjs';
import { withSetupLock } from './setup-lock.mjs';

/** Makes the workspace ready: packages installed and, unless `build: false`, everything built. Quick when nothing changed. */
export async function prepare({ build = true } = {}) {
  checkNode();
  await withSetupLock(async () => {
    await installIfNeeded();
    embedLua();
    if (build) await buildIfNeeded();
  });
}
