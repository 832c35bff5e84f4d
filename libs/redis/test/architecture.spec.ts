import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixtures, targets } from './architecture/fixtures.js';
import { ROOT, lint, type LintResult } from './architecture/oxlint.js';

type Rules = Readonly<Record<string, unknown>>;
interface Override {
  readonly files: readonly string[];
  readonly rules: Rules;
}
interface Configuration {
  readonly rules: Rules;
  readonly overrides: readonly Override[];
}
interface RestrictedImports {
  readonly patterns: readonly { readonly message: string }[];
}

const CONFIGURATION = '.oxlintrc.json';
const LINT_TIMEOUT_MS = 60_000;
const FIXTURES = fixtures();

/** Lints all fixtures in one run, under the configuration of the repository but outside of it, so that no other tool finds them. */
function lintFixtures(): LintResult {
  const folder = mkdtempSync(join(tmpdir(), 'architecture-'));
  try {
    cpSync(join(ROOT, CONFIGURATION), join(folder, CONFIGURATION));
    // oxlint looks in node_modules for the program that runs the type-aware rules.
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const files = [...targets(), ...FIXTURES];
    for (const { file, source } of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const folders = new Set(files.map(({ file }) => file.split('/', 1).join()));
    return lint(folder, [...folders]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the linter configuration', () => {
  const configuration = JSON.parse(readFileSync(join(ROOT, CONFIGURATION), 'utf8')) as Configuration;
  let result: LintResult;

  beforeAll(() => {
    result = lintFixtures();
  }, LINT_TIMEOUT_MS);

  const brokenBy = (file: string): string[] =>
    result.findings.filter((finding) => finding.file === file).map(({ rule }) => rule);

  test.each(FIXTURES.filter(({ breaks }) => breaks.length > 0))('refuses: $what', ({ file, breaks }) => {
    expect(brokenBy(file)).toEqual(breaks);
  });

  test.each(FIXTURES.filter(({ breaks }) => breaks.length === 0))('allows: $what', ({ file }) => {
    expect(brokenBy(file)).toEqual([]);
  });

  test('reports findings in fixtures only, each with its own file', () => {
    const files = FIXTURES.map(({ file }) => file);
    expect(result.findings.filter(({ file }) => !files.includes(file))).toEqual([]);
    expect(new Set(files).size).toBe(files.length);
  });

  test('makes the linter exit with an error when there are findings', () => {
    expect(result.exitCode).not.toBe(0);
  });

  test('has a failing fixture for every enabled rule', () => {
    const enabled = [configuration, ...configuration.overrides].flatMap(({ rules }) =>
      Object.keys(rules).filter((rule) => rules[rule] !== 'off'),
    );
    const broken = new Set(FIXTURES.flatMap(({ breaks }) => breaks));
    expect(enabled.filter((rule) => !broken.has(rule))).toEqual([]);
  });

  test('has a failing fixture for every restricted import', () => {
    const restricted = configuration.overrides.flatMap(({ files, rules }) =>
      messagesOf(rules).map((message) => ({ folder: (files[0] as string).replace(/\*.*$/, ''), message })),
    );
    const isBroken = ({ folder, message }: { folder: string; message: string }): boolean =>
      result.findings.some(({ file, help }) => file.startsWith(folder) && help === message);
    expect(restricted.length).toBeGreaterThan(0);
    expect(restricted.filter((restriction) => !isBroken(restriction))).toEqual([]);
  });
});

describe('the code of the repository', () => {
  test(
    'passes the linter',
    () => {
      const { findings, exitCode } = lint(ROOT);
      expect({ findings, exitCode }).toEqual({ findings: [], exitCode: 0 });
    },
    LINT_TIMEOUT_MS,
  );

  test('has no import types of local files, because the linter does not check them', () => {
    const source = join(ROOT, 'libs/redis/src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const hidden = files.filter((file) =>
      /(?<!\bawait )\bimport\(\s*['"`]\./.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(hidden).toEqual([]);
  });
});

function messagesOf(rules: Rules): readonly string[] {
  const rule = rules['no-restricted-imports'];
  return Array.isArray(rule) ? (rule[1] as RestrictedImports).patterns.map(({ message }) => message) : [];
}
