// Writes `<name>.lua.ts` beside every `<name>.lua` of the library: tsc leaves .lua files behind, and bundlers do not see them.
// A line `--@include <name>.part.lua` stands for that file.
// With --check it writes nothing, and fails where one is missing or stale.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../libs/redis/src', import.meta.url));
const check = process.argv.includes('--check');

const stale = readdirSync(sources, { recursive: true })
  .filter((name) => name.endsWith('.lua') && !name.endsWith('.part.lua'))
  .map((name) => join(sources, name))
  .filter((path) => !isCurrent(`${path}.ts`, embedded(path)));

for (const path of stale) {
  if (check) console.error(`${path}.ts is stale: run npm run embed-lua`);
  else writeFileSync(`${path}.ts`, embedded(path));
}
process.exitCode = check && stale.length > 0 ? 1 : 0;

function embedded(path) {
  const source = withParts(path);
  const name = basename(path, '.lua').replaceAll('-', '_').toUpperCase();
  const sha1 = createHash('sha1').update(source).digest('hex');
  const text = source.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `// Made of ${basename(path)} by scripts/embed-lua.mjs; change that file, not this one.\nexport const ${name}_LUA = \`${text}\`;\nexport const ${name}_SHA1 = '${sha1}';\n`;
}

function withParts(path) {
  const text = readFileSync(path, 'utf8');
  return text.replaceAll(/^ *--@include (.+)\n/gm, (_, part) => withParts(join(dirname(path), part)));
}

function isCurrent(path, text) {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
