import { buildIfNeeded } from './build-if-needed.mjs';
import { checkNode } from './check-node.mjs';
import { installIfNeeded } from './install-if-needed.mjs';
import { embedLua } from './embed-lua.mjs';
import { withSetupLock } from './setup-lock.mjs';

/** Installs packages and, unless `build: false`, builds everything. Fast if nothing has changed. */
export async function prepare({ build = true } = {}) {
  checkNode();
  await withSetupLock(async () => {
    await installIfNeeded();
    embedLua();
    if (build) await buildIfNeeded();
  });
}
