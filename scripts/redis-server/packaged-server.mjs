import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../setup/paths.mjs';
import { isUsableServer } from './server-version.mjs';

// Debian's redis-tools contains the server binary under this name, without a service; the binary selects its role by
// its name.
const CHECK_RDB = '/usr/bin/redis-check-rdb';

/** A link named `redis-server` to the server of an installed redis-tools; undefined if redis-tools is not installed. */
export async function linkPackagedServer() {
  if (!existsSync(CHECK_RDB)) return undefined;
  const folder = join(CACHE, 'bin');
  const link = join(folder, 'redis-server');
  if (await isUsableServer(link)) return link;
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(CHECK_RDB, link);
  return (await isUsableServer(link)) ? link : undefined;
}
