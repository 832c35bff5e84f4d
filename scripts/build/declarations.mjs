import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/**
 * The declaration files in `folder` that the declarations of the entries import, directly or indirectly, as relative
 * paths.
 */
export function reachableDeclarations(folder, entries) {
  const reached = new Set();
  const pending = entries.map((entry) => join(folder, `${entry}.d.ts`));
  while (pending.length > 0) {
    const path = pending.pop();
    if (reached.has(path)) continue;
    reached.add(path);
    pending.push(...importsOf(path));
  }
  return [...reached].map((path) => relative(folder, path)).sort();
}

function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name.replace(/\.js$/, '.d.ts')));
}
