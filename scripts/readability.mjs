// Measures how the product sources read and prints one table: `npm run readability`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { bannedWordsIn } from './readability/banned-words.mjs';
import { exportedDocstrings } from './readability/docstrings.mjs';
import { inRoot, ROOT } from './setup/paths.mjs';

const SOURCES = inRoot('libs', 'redis', 'src');

function productFiles() {
  return readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.endsWith('.lua.ts'))
    .map((name) => join(SOURCES, name))
    .sort();
}

function countSyntax(path, text) {
  const counts = { casts: 0, any: 0 };
  const visit = (node) => {
    const isConst = ts.isAsExpression(node) && node.type.getText() === 'const';
    if (ts.isAsExpression(node) && !isConst) counts.casts++;
    if (node.kind === ts.SyntaxKind.AnyKeyword) counts.any++;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return counts;
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function largestFolder(paths) {
  const sizes = new Map();
  for (const path of paths) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
  const [folder, files] = [...sizes].sort(([, a], [, b]) => b - a)[0];
  return `${files} (${relative(ROOT, folder)})`;
}

const paths = productFiles();
const texts = paths.map((path) => readFileSync(path, 'utf8'));
const lines = texts.map((text) => text.trimEnd().split('\n').length).sort((a, b) => a - b);
const total = lines.reduce((sum, count) => sum + count, 0);
const syntax = paths.map((path, i) => countSyntax(path, texts[i]));
const perThousand = (name) => ((syntax.reduce((sum, counts) => sum + counts[name], 0) / total) * 1000).toFixed(2);
const exported = exportedDocstrings(join(SOURCES, 'index.ts'));

console.table({
  files: paths.length,
  lines: total,
  'lines of a file, median / p90 / max': `${quantile(lines, 0.5)} / ${quantile(lines, 0.9)} / ${lines.at(-1)}`,
  'casts per 1000 lines': perThousand('casts'),
  'any per 1000 lines': perThousand('any'),
  'exports with a docstring': `${exported.documented} of ${exported.total}`,
  'files in the largest folder': largestFolder(paths),
  'banned words': bannedWordsIn(ROOT).length,
});
