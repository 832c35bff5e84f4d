// Measures how the product sources read and prints one table: `npm run readability`.
import { dirname, join } from 'node:path/posix';
import { MAX_FILES_OF_GET } from './readability/limits.mjs';
import { bannedWordsIn } from './readability/banned-words.mjs';
import { exportedDocstrings } from './readability/docstrings.mjs';
import { productFiles } from './readability/product-files.mjs';
import { linesIn, perThousandLines } from './readability/syntax.mjs';
import { inRoot, ROOT } from './setup/paths.mjs';

const SOURCES = 'libs/redis/src';

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function largestFolder(files) {
  const sizes = new Map();
  for (const { name } of files) sizes.set(dirname(name), (sizes.get(dirname(name)) ?? 0) + 1);
  const [folder, count] = [...sizes].sort(([, a], [, b]) => b - a)[0];
  return `${count} (${join(SOURCES, folder)})`;
}

const files = productFiles(inRoot(SOURCES));
const lines = files.map(linesIn).sort((a, b) => a - b);
const exported = exportedDocstrings(inRoot(SOURCES, 'index.ts'));

console.table({
  files: files.length,
  lines: lines.reduce((sum, count) => sum + count, 0),
  'lines of a file, median / p90 / max': `${quantile(lines, 0.5)} / ${quantile(lines, 0.9)} / ${lines.at(-1)}`,
  'casts per 1000 lines': perThousandLines(files, 'casts').toFixed(2),
  'any per 1000 lines': perThousandLines(files, 'any').toFixed(2),
  'exports with a docstring': `${exported.documented} of ${exported.total}`,
  'files that a get crosses, at most': MAX_FILES_OF_GET,
  'files in the largest folder': largestFolder(files),
  'banned words': bannedWordsIn(ROOT).length,
});
