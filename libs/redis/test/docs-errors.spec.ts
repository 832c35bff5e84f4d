import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../src/common/error-codes.js';
import { codeOf, headingsOf, sectionOf, tablesOf } from './docs/markdown.js';
import { filesUnder, read } from './docs/workspace.js';

const ERRORS = read('docs/errors.md');
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const OUTCOMES = ['not-sent', 'not-executed', 'unknown', 'executed'];
const TABLE = tablesOf(ERRORS).find(([first]) => first !== undefined && 'retryable' in first) ?? [];
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/intended-behaviour.md',
  ...filesUnder('docs/reference', '.md').filter((file) => !file.startsWith('docs/reference/api/')),
];
const THROWN = new Set(
  filesUnder('libs/redis/src', '.ts')
    .filter((file) => !file.endsWith('.spec.ts'))
    .flatMap((file) => [...read(file).matchAll(/(?:new RedisInfraError|super)\(\s*'(\w+)'/g)].map(([, code]) => code)),
);

/** The points of a section: `- **Remedy:** …`. */
function pointsOf(code: string): Readonly<Record<string, string>> {
  const section = (sectionOf(ERRORS, code) ?? '').replaceAll(/\n {2}/g, ' ');
  return Object.fromEntries([...section.matchAll(/^- \*\*(\w+):\*\* (.+)$/gm)].map(([, name, text]) => [name, text]));
}

const answerOf = (code: ErrorCode): string => (ERROR_CODES[code].retryable ? 'yes' : 'no');
const outcomesIn = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe('docs/errors.md', () => {
  test('has exactly one section for each code', () => {
    expect(headingsOf(ERRORS, 2)).toEqual(CODES);
  });

  test('has one row for each code, in the same order, with its retryable flag', () => {
    const rows = TABLE.map(({ code, retryable }) => [/\[`(\w+)`\]\(#/.exec(code ?? '')?.[1], retryable]);
    expect(rows).toEqual(CODES.map((code) => [code, answerOf(code)]));
  });

  test.each(CODES)('has meaning, outcome, retryable flag and remedy of %s', (code) => {
    const points = pointsOf(code);
    expect(Object.keys(points)).toEqual(['Meaning', 'Outcome', 'Retryable', 'Remedy']);
    expect(points.Retryable).toMatch(new RegExp(`^${answerOf(code)}(;|$)`));
  });

  test.each(CODES)('lists the same outcomes of %s in table and section', (code) => {
    const row = TABLE.find((each) => each.code?.includes(`\`${code}\``));
    const outcomes = outcomesIn(pointsOf(code).Outcome);
    expect(outcomes).toEqual(outcomesIn(row?.outcome));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => !OUTCOMES.includes(outcome))).toEqual([]);
  });
});

describe('error codes', () => {
  test('are each thrown in the sources', () => {
    expect(CODES.filter((code) => !THROWN.has(code))).toEqual([]);
  });

  test('are the only codes that documents mention', () => {
    const spoken = DOCUMENTS.flatMap((document) =>
      [...read(document).matchAll(/`[A-Z]+(?:_[A-Z]+)+`/g)].map(([code]) => codeOf(code)),
    );
    // Variables of the environment, tokens of Nest, and MAX_SAFE_INTEGER.
    const others = /^(REDIS_|NODE_|APP_|MAX_)/;
    expect(
      spoken.filter((code) => code !== undefined && !others.test(code) && !Object.hasOwn(ERROR_CODES, code)),
    ).toEqual([]);
  });
});
