import { readFileSync } from 'node:fs';

const NAME = 'nestjs-redis-infra';

/** The version in the manifest of this package, which is in the nearest folder above that has one of its name. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const { name, version } = manifestIn(folder);
    if (name === NAME && version !== undefined) return version;
    if (folder.pathname === new URL('..', folder).pathname) return 'unknown';
  }
}

function manifestIn(folder: URL): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  } catch {
    return {};
  }
}
