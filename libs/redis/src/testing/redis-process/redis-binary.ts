import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['redis-server', 'valkey-server'];

/**
 * Returns the path of the server's binary: `REDIS_SERVER_BIN`, else `redis-server` or `valkey-server` on the PATH.
 * @throws Error with instructions when there is none.
 */
export function findRedisBinary(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env.REDIS_SERVER_BIN;
  if (configured !== undefined && configured !== '') return configured;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const binary = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (binary !== undefined) return binary;
  throw new Error('no redis-server found: install Redis or Valkey, or set REDIS_SERVER_BIN to the path of the server');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
