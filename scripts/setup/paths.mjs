import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the workspace. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside the workspace. */
export function inRoot(...parts) {
  return join(ROOT, ...parts);
}

/** What set-up remembers about the installed packages: it goes when node_modules goes. */
export const CACHE = inRoot('node_modules', '.cache', 'nestjs-redis-infra');
