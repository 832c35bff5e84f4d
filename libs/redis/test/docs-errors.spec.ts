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

/** The list items of a section by name: `- **Remedy:** …`. */
function pointsOf(code: string): Readonly<Record<string, string>> {
  const section = (sectionOf(ERRORS, code) ?? '').replaceAll(/\n {2}/g, ' ');
  return Object.fromEntries([...section.matchAll(/^- \*\*(\w+):\*\* (.+)$/gm)].map(([, name, text]) => [name, text]));
}

const retryableText = (code: ErrorCode): string => (ERROR_CODES[code].retryable ? 'yes' : 'no');
const outcomesIn = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe('docs/errors.md', () => {
  test('has exactly one section per code', () => {
    expect(headingsOf(ERRORS, 2)).toEqual(CODES);
  });

  test('has one table row per code, in the same order, with the same retryable', () => {
    const rows = TABLE.map(({ code, retryable }) => [/\[`(\w+)`\]\(#/.exec(code ?? '')?.[1], retryable]);
    expect(rows).toEqual(CODES.map((code) => [code, retryableText(code)]));
  });

  test.each(CODES)('describes the meaning, outcome, retryable and remedy of %s', (code) => {
    const points = pointsOf(code);
    expect(Object.keys(points)).toEqual(['Meaning', 'Outcome', 'Retryable', 'Remedy']);
    expect(points.Retryable).toMatch(new RegExp(`^${retryableText(code)}(;|$)`));
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
  test('are all thrown by the sources', () => {
    expect(CODES.filter((code) => !THROWN.has(code))).toEqual([]);
  });

  test('are the only codes that documents mention', () => {
    const mentioned = DOCUMENTS.flatMap((document) =>
      [...read(document).matchAll(/`[A-Z]+(?:_[A-Z]+)+`/g)].map(([code]) => codeOf(code)),
    );
    // Environment variables, injection tokens of Nest, and MAX_SAFE_INTEGER.
    const otherNames = /^(REDIS_|NODE_|APP_|MAX_)/;
    expect(
      mentioned.filter((code) => code !== undefined && !otherNames.test(code) && !Object.hasOwn(ERROR_CODES, code)),
    ).toEqual([]);
  });
});
