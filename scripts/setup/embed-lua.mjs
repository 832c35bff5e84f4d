import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inlineFunctions } from './inline-lua.mjs';
import { inRoot } from './paths.mjs';

/**
 * Writes `<name>.lua.ts`, with the text and the SHA1 of the script, next to every `<name>.lua` of the library: tsc does
 * not copy .lua files, and bundlers do not see them. A line `--@include <name>.part.lua` includes that file, and a line
 * `--@inline` marks a function to inline. Git ignores the results.
 */
export function embedLua() {
  const sources = inRoot('libs', 'redis', 'src');
  for (const name of readdirSync(sources, { recursive: true })) {
    if (!name.endsWith('.lua') || name.endsWith('.part.lua')) continue;
    const path = join(sources, name);
    writeIfChanged(`${path}.ts`, embeddedText(path));
  }
}

function embeddedText(path) {
  const source = inlineFunctions(withParts(path));
  const name = basename(path, '.lua').replaceAll('-', '_').toUpperCase();
  const sha1 = createHash('sha1').update(source).digest('hex');
  const text = source.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
  return `// Generated from ${basename(path)}; change that file, not this one.\nexport const ${name}_LUA = \`${text}\`;\nexport const ${name}_SHA1 = '${sha1}';\n`;
}

function withParts(path) {
  const text = readFileSync(path, 'utf8');
  return text.replaceAll(/^ *--@include (.+)\n/gm, (_, part) => withParts(join(dirname(path), part)));
}

/** Does not write an unchanged file, so that a running compiler or test runner sees no change. */
function writeIfChanged(path, text) {
  if (currentText(path) !== text) writeFileSync(path, text);
}

function currentText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
