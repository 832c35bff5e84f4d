import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from '../setup/step.mjs';
import { linkPackagedServer } from './packaged-server.mjs';
import { isUsableServer } from './server-version.mjs';

const NAMES = ['redis-server', 'valkey-server'];

/** The path of an installed server, or undefined. */
export async function findRedisServer() {
  const named = process.env.REDIS_SERVER_BIN;
  if (named) {
    if (await isUsableServer(named)) return named;
    throw new SetupError(
      `REDIS_SERVER_BIN is ${named}, which is no Redis server from 6.2 on (or Valkey from 7.2 on): correct or unset it.`,
    );
  }
  for (const path of onPath()) {
    if (await isUsableServer(path)) return path;
  }
  return linkPackagedServer();
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter((path) => existsSync(path));
}
