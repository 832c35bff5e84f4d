import { basename, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesUnder, read } from './docs/workspace.js';

const FOLDERS = ['libs/redis/src/adapters', 'libs/redis/src/service'];

interface Definition {
  readonly file: string;
  readonly keys: number;
}

/** The number of keys in the definition of each script, by the name of its embedded text. */
function definitions(): Map<string, Definition> {
  const files = FOLDERS.flatMap((folder) => filesUnder(folder, '.ts')).filter((file) => /\.scripts?\.ts$/.test(file));
  return new Map(
    files.flatMap((file) =>
      [...read(file).matchAll(/source: (\w+_LUA),\s+keys: (\d+),/g)].map(
        ([, name = '', keys]): [string, Definition] => [name, { file, keys: Number(keys) }],
      ),
    ),
  );
}

const DEFINITIONS = definitions();
const SCRIPTS = FOLDERS.flatMap((folder) => filesUnder(folder, '.lua')).filter((file) => !file.endsWith('.part.lua'));

function headerOf(file: string): string {
  return read(file).match(/^(?:--(?!@).*\n)+/)?.[0] ?? '';
}

/** The text of a script with its parts. */
function withParts(file: string): string {
  return read(file).replaceAll(/^ *--@include (.+)\n/gm, (_, part: string) =>
    withParts(posix.join(posix.dirname(file), part)),
  );
}

/** The statements of a script, without its header. */
function bodyOf(file: string): string {
  return withParts(file).slice(headerOf(file).length);
}

describe('the header of a script', () => {
  test('belongs to exactly one definition for each script', () => {
    const names = SCRIPTS.map((file) => `${basename(file, '.lua').replaceAll('-', '_').toUpperCase()}_LUA`);
    expect([...DEFINITIONS.keys()].sort()).toEqual(names.sort());
  });

  test.each(SCRIPTS)('of %s describes its keys, reply and cost', (file) => {
    const header = headerOf(file);
    expect(header).toMatch(/^-- [A-Z].*\n/);
    for (const part of ['KEYS', 'reply', 'cost']) expect(header).toMatch(new RegExp(`^-- ${part}\\b`, 'm'));
  });

  test.each(SCRIPTS)('of %s names as many keys as its definition', (file) => {
    const name = `${basename(file, '.lua').replaceAll('-', '_').toUpperCase()}_LUA`;
    const numbered = [...headerOf(file).matchAll(/^-- KEYS\[(\d+)\]/gm)].length;
    // The definition of a script of any number of keys has the number of one unit.
    const isVariable = /^-- KEYS {5}/m.test(headerOf(file));
    expect(isVariable ? 0 : DEFINITIONS.get(name)?.keys).toBe(numbered);
  });

  test.each(SCRIPTS)('of %s describes every argument that it uses, and no other', (file) => {
    const described = [...headerOf(file).matchAll(/^-- ARGV\[(\d+)\]/gm)].map(([, n]) => Number(n));
    const used = [...bodyOf(file).matchAll(/ARGV\[(\d+)\]/g)].map(([, n]) => Number(n));
    expect(described).toEqual(described.map((_, i) => i + 1));
    expect(used.filter((n) => !described.includes(n))).toEqual([]);
    const isVariable = /-- ARGV\[\d+\] {2}and further/.test(headerOf(file));
    const unused = described.filter((n) => !used.includes(n));
    expect(isVariable ? unused.slice(0, -1) : unused).toEqual([]);
  });
});
