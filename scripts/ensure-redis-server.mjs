import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedisServer } from './redis-server/find-redis-server.mjs';
import { installRedisServer } from './redis-server/install-redis-server.mjs';
import { withSetupLock } from './setup/setup-lock.mjs';
import { runScript, SetupError } from './setup/step.mjs';

/**
 * The path of a Redis (or Valkey) server for this machine: `REDIS_SERVER_BIN`, one on the PATH, or one that this call
 * installs without enabling a system service.
 */
export async function ensureRedisServer() {
  const server = await withSetupLock(async () => (await findRedisServer()) ?? (await installRedisServer()));
  if (server !== undefined) return server;
  throw new SetupError(
    'The tests need a Redis server and none could be installed: install redis-server 6.2 or newer (or valkey-server 7.2), ' +
      'or set REDIS_SERVER_BIN to the path of one, and try again.',
  );
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  await runScript(async () => process.stdout.write(`${await ensureRedisServer()}\n`));
}
