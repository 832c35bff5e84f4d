import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The folder of the package that is published. */
export const PACKAGE = join(ROOT, 'libs', 'redis');

const FINGERPRINT = new URL('../scripts/setup/build-fingerprint.mjs', import.meta.url).href;

interface Fingerprint {
  readonly sourceHash: () => string;
  readonly isBuiltFrom: (hash: string) => boolean;
}

/** Refuses to test yesterday's build: passes if the set-up made it from these sources, or if it is younger than all of them. */
export async function requireCurrentBuild(): Promise<void> {
  const { sourceHash, isBuiltFrom } = (await import(FINGERPRINT)) as Fingerprint;
  if (isBuiltFrom(sourceHash())) return;
  const source = join(PACKAGE, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.spec)\.ts$/.test(name),
  );
  const changedAt = Math.max(...files.map((name) => modifiedAt(join(source, name))));
  const builtAt = Math.min(...['index.js', 'testing.js'].map((name) => modifiedAt(join(PACKAGE, 'dist', name))));
  if (builtAt < changedAt) throw new Error('the built package is older than its sources: npm run build');
}

/** 0 for what is not there. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
