import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../setup/paths.mjs';
import { isUsableServer } from './server-version.mjs';

// Debian's redis-tools carries the server's binary under this name, and no service; it acts by the name it is run as.
const CHECK_RDB = '/usr/bin/redis-check-rdb';

/** The server inside an installed redis-tools, as a link that is named `redis-server`; undefined if there is none. */
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
