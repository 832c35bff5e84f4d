import { describe, expect, test } from 'vitest';
import { filesUnder, read } from './docs/workspace.js';

const FOLDER = 'libs/redis/src/adapters/ioredis-seams';
const RECORD = 'docs/decisions/0030-ioredis-seams-in-one-folder.md';

const files = filesUnder(FOLDER, '.ts')
  .filter((file) => !file.endsWith('.spec.ts'))
  .map((file) => file.slice(FOLDER.length + 1))
  .sort();

/** The files in the last column of the first table of the record. */
function recordedFiles(): string[] {
  const [table = ''] = read(RECORD).match(/^\| Seam .*\n(?:\|.*\n)+/m) ?? [];
  return [...table.matchAll(/`([\w/.-]+\.ts)`\s*\|$/gm)].map(([, file]) => file as string).sort();
}

describe('the record of the ioredis seams', () => {
  test('lists every file of the folder, and no other file', () => {
    expect(recordedFiles()).toEqual(files);
  });

  test('lists other uses of ioredis in files that exist', () => {
    const [, rest = ''] = read(RECORD).split('Other folders rely on');
    const others = [...rest.matchAll(/`([\w/.-]+\.ts)`\s*\|$/gm)].map(([, file]) => `libs/redis/src/adapters/${file}`);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((file) => !filesUnder('libs/redis/src/adapters', '.ts').includes(file))).toEqual([]);
  });
});

/** The files that are the subjects of the tests in `test/ioredis-seams`, which run on all supported versions of ioredis. */
const checked = filesUnder('libs/redis/test/ioredis-seams', '.spec.ts').flatMap((spec) =>
  [...read(spec).matchAll(/^(?:describe\(|  \[)'([\w/-]+\.ts)'/gm)].map(([, file]) => file as string),
);

describe('a seam file', () => {
  test.each(files)('%s is checked on a server with all supported versions of ioredis', (file) => {
    expect(checked).toContain(file);
  });

  test.each(files)('%s begins with its seam, its reason and its source in ioredis', (file) => {
    const [head = ''] = read(`${FOLDER}/${file}`).match(/^\/\*\*.*?\*\//s) ?? [];
    expect(head).toMatch(/^\/\*\*\n \* Seam: \S.* \* Why: \S.* \* Upstream: \S/s);
  });
});
