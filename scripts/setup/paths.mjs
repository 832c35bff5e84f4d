import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the workspace. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside the workspace. */
export function inRoot(...parts) {
  return join(ROOT, ...parts);
}

/** The marker of the installed packages. It is in node_modules, so it is deleted together with them. */
export const CACHE = inRoot('node_modules', '.cache', 'nestjs-redis-infra');
