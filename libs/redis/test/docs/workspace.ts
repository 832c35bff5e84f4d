import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
export const SOURCE = join(ROOT, 'libs', 'redis', 'src');

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The files under a folder with this name ending, relative to the root of the workspace. */
export function filesUnder(folder: string, ending: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name).replaceAll(sep, '/'));
}

// Installed packages, files of the site, and pages that `npm run docs` generates.
const GENERATED_FOLDERS = new Set(['docs/node_modules', 'docs/.vitepress', 'docs/reference/api']);

/** The pages under docs/, relative to the root of the workspace. */
export function pages(folder = 'docs'): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return GENERATED_FOLDERS.has(path) ? [] : pages(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** The documents of this project, relative to the root of the workspace. */
export function documents(): string[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...atRoot, 'libs/redis/README.md', ...pages()];
}
