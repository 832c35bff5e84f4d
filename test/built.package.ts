import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The folder of the published package. */
export const PACKAGE = join(ROOT, 'libs', 'redis');

const FINGERPRINT = new URL('../scripts/setup/build-fingerprint.mjs', import.meta.url).href;

interface Fingerprint {
  readonly sourceHash: () => string;
  readonly isBuiltFrom: (hash: string) => boolean;
}

/**
 * Refuses to test an outdated build: passes if the set-up built it from these sources, or if it is newer than all of
 * them.
 * @throws Error if the build is outdated
 */
export async function requireCurrentBuild(): Promise<void> {
  const { sourceHash, isBuiltFrom } = (await import(FINGERPRINT)) as Fingerprint;
  if (isBuiltFrom(sourceHash())) return;
  const source = join(PACKAGE, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.spec)\.ts$/.test(name),
  );
  const changedAt = Math.max(...files.map((name) => modifiedAt(join(source, name))));
  const builtAt = Math.min(...['esm/index.js', 'cjs/index.js'].map((name) => modifiedAt(join(PACKAGE, 'dist', name))));
  if (builtAt < changedAt) throw new Error('the built package is older than its sources: npm run build');
}

/** 0 if the file does not exist. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
