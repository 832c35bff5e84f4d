import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, inRoot, ROOT } from './paths.mjs';

const SOURCES = ['libs/redis/src', 'apps/demo/src', 'scripts/build'];
const SETTINGS = [
  'nest-cli.json',
  'scripts/build.mjs',
  'tsconfig.json',
  'package-lock.json',
  'libs/redis/package.json',
  'libs/redis/tsconfig.lib.json',
  'apps/demo/package.json',
  'apps/demo/tsconfig.app.json',
];
const OUTPUTS = ['libs/redis/dist/esm/index.js', 'libs/redis/dist/cjs/index.js', 'apps/demo/dist/main.js'];
const MARKER = join(CACHE, 'build');

/** A hash of the inputs of the build: sources and settings. */
export function sourceHash() {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS, ...SOURCES.flatMap(sourceFiles)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** True if the outputs exist, were built from these sources, and have not been rebuilt since. */
export function isBuiltFrom(hash) {
  try {
    return readFileSync(MARKER, 'utf8') === `${hash} ${outputTimes()}`;
  } catch {
    return false;
  }
}

/** Records that the outputs were built from these sources. */
export function markBuiltFrom(hash) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(MARKER, `${hash} ${outputTimes()}`);
}

function outputTimes() {
  return OUTPUTS.map((file) => statSync(inRoot(file)).mtimeMs).join(' ');
}

function sourceFiles(folder) {
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}
