// Writes missing golden vectors: npx -y node@24 libs/redis/test/codec/make-golden.mjs
// Existing vectors do not change, because every version must decode the values of older ones. --force generates them again, which is
// only correct before a file was published.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { format } from 'prettier';
import { importTypescript } from './support/import-typescript.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

if (!('zstdCompressSync' in zlib)) throw new Error('Zstandard is written by Node 24: npx -y node@24 …');
const force = process.argv.includes('--force');
const { GOLDEN_FILES } = await importTypescript(path('golden-source/make.ts'));
mkdirSync(path('golden'), { recursive: true });
for (const [name, make] of Object.entries(GOLDEN_FILES)) {
  const file = path(`golden/${name}`);
  if (existsSync(file) && !force) {
    console.log(`${name} is there already, and stays as it is`);
    continue;
  }
  const vectors = await make();
  writeFileSync(file, await format(JSON.stringify(vectors), { parser: 'json', printWidth: 120 }));
  console.log(`${name}: ${vectors.length} vectors`);
}
