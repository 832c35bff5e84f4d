import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const SOURCE = join(ROOT, 'libs', 'redis', 'src');

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The files under a folder whose name ends so, relative to the root of the workspace. */
export function filesUnder(folder: string, ending: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name).replaceAll(sep, '/'));
}

/** The documents of this project, relative to the root of the workspace. */
export function documents(): string[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...atRoot, 'libs/redis/README.md', ...filesUnder('docs', '.md')];
}
