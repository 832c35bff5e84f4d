import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorOf, headingsOf, linksOf } from './docs/markdown.js';
import { packageReadme } from './docs/package-readme.js';
import { documents, filesUnder, read, ROOT } from './docs/workspace.js';

const MAX_SOURCE_LINES = 400;
const MAX_ARCHITECTURE_LINES = 160;
const MAX_README_LINES = 180;

describe('documents', () => {
  test.each(documents())('%s has no broken links', (document) => {
    const broken = linksOf(read(document)).filter((link) => !targetExists(document, link));
    expect(broken).toEqual([]);
  });

  test('ARCHITECTURE.md has at most 160 lines', () => {
    expect(read('ARCHITECTURE.md').split('\n').length - 1).toBeLessThanOrEqual(MAX_ARCHITECTURE_LINES);
  });

  test('ARCHITECTURE.md lists exactly the top folders of the package', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/`libs\/redis\/src\/([\w/-]+)`/g)].map(
      ([, folder]) => folder as string,
    );
    const folders = new Set(
      filesUnder('libs/redis/src', '.ts').flatMap((file) => /^libs\/redis\/src\/([\w-]+)\//.exec(file)?.[1] ?? []),
    );
    expect(new Set(named.map((folder) => folder.split('/')[0]))).toEqual(folders);
    expect(named.filter((folder) => !existsSync(join(ROOT, 'libs/redis/src', folder)))).toEqual([]);
  });

  test('mention only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = documents().flatMap((document) => [
      ...read(document).matchAll(/\bnpm (?:run (?<run>[\w:-]+)|(?<plain>test|start)\b)/g),
    ]);
    expect(named.length).toBeGreaterThan(0);
    expect(
      named.map(({ groups }) => groups?.run ?? groups?.plain ?? '').filter((script) => !Object.hasOwn(scripts, script)),
    ).toEqual([]);
  });

  test('README.md has at most 180 lines', () => {
    expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(MAX_README_LINES);
  });

  // Update it with: npx vitest run libs/redis/test/docs.spec.ts -u
  test('the README of the package is the README of the workspace without links into the repository', async () => {
    const own = await packageReadme(read('README.md'));
    expect(linksOf(own).filter((link) => !link.startsWith('https://'))).toEqual([]);
    await expect(own).toMatchFileSnapshot(join(ROOT, 'libs/redis/README.md'));
  });

  test('the package and the workspace have the same licence', () => {
    expect(read('libs/redis/LICENSE')).toBe(read('LICENSE'));
  });
});

describe('decision records', () => {
  const records = filesUnder('docs/decisions', '.md').sort();

  test('are numbered without a gap', () => {
    const numbers = records.map((record) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(record)?.[1]);
    expect(numbers).toEqual(records.map((_, i) => String(i + 1).padStart(4, '0')));
  });

  test.each(records)('%s has the headings of a record', (record) => {
    const markdown = read(record);
    const number = /\/(\d{4})-/.exec(record)?.[1] ?? '';
    expect(headingsOf(markdown, 1)).toEqual([expect.stringMatching(new RegExp(`^${number} \\S`))]);
    expect(headingsOf(markdown, 2)).toEqual([
      'Context and Problem Statement',
      'Considered Options',
      'Decision Outcome',
    ]);
    expect(headingsOf(markdown, 3)).toEqual(['Consequences']);
    expect(markdown).toMatch(/^Status: (proposed|accepted|superseded by \[\d{4}\]\(.+\))$/m);
  });
});

describe('sources', () => {
  test('no file is longer than 400 lines', () => {
    // Generated files are excluded: their parts are checked as .lua files.
    const sources = filesUnder('libs/redis/src', '.ts').filter((file) => !file.endsWith('.lua.ts'));
    const long = [...sources, ...filesUnder('libs/redis/src', '.lua')].filter(
      (file) => read(file).trimEnd().split('\n').length > MAX_SOURCE_LINES,
    );
    expect(long).toEqual([]);
  });

  test('no generated file is committed', () => {
    const tracked = execFileSync('git', ['ls-files', '*.lua.ts', '**/dist/**'], { cwd: ROOT, encoding: 'utf8' });
    expect(tracked).toBe('');
  });
});

function targetExists(document: string, link: string): boolean {
  if (link.startsWith('https://')) return true;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || headingsOf(read(target)).map(anchorOf).includes(anchor);
}
