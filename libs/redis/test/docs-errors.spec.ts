import { describe, expect, test } from 'vitest';
import { REPLIES, replyRow } from '../src/adapters/errors/reply-table.js';
import { ERROR_CODES, type ErrorCode } from '../src/common/error-codes.js';
import { codeOf, headingsOf, sectionOf, tablesOf } from './docs/markdown.js';
import { filesUnder, read } from './docs/workspace.js';

const ERRORS = read('docs/errors.md');
const CIRCUITS = read('docs/concepts/circuits.md');
/** The title of the first column of the table of circuits. */
const CAUSE = 'what happens';
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const WORDS = Object.keys(REPLIES);
const OUTCOMES = ['not-sent', 'not-executed', 'unknown', 'executed'];
const TABLE = tablesOf(ERRORS).find(([first]) => first !== undefined && 'retryable' in first) ?? [];
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/intended-behaviour.md',
  ...filesUnder('docs/reference', '.md').filter((file) => !file.startsWith('docs/reference/api/')),
];
const THROWN = new Set<string | undefined>([
  ...Object.values(REPLIES).map(({ code }) => code),
  ...filesUnder('libs/redis/src', '.ts')
    .filter((file) => !file.endsWith('.spec.ts'))
    .flatMap((file) => [...read(file).matchAll(/(?:new RedisInfraError|super)\(\s*'(\w+)'/g)].map(([, code]) => code)),
]);

/** The list items of a section by name: `- **Remedy:** …`. */
function pointsOf(code: string): Readonly<Record<string, string>> {
  const section = (sectionOf(ERRORS, code) ?? '').replaceAll(/\n {2}/g, ' ');
  return Object.fromEntries([...section.matchAll(/^- \*\*(\w+):\*\* (.+)$/gm)].map(([, name, text]) => [name, text]));
}

const retryableText = (code: ErrorCode): string => (ERROR_CODES[code].retryable ? 'yes' : 'no');
const codesIn = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe('docs/errors.md', () => {
  test('has exactly one section per code', () => {
    expect(headingsOf(ERRORS, 2)).toEqual(CODES);
  });

  test('has one table row per code, in the same order, with the same retryable and fault', () => {
    const rows = TABLE.map(({ code, retryable, fault }) => [
      /\[`(\w+)`\]\(#/.exec(code ?? '')?.[1],
      retryable,
      codeOf(fault ?? ''),
    ]);
    expect(rows).toEqual(CODES.map((code) => [code, retryableText(code), ERROR_CODES[code].fault]));
  });

  test('describes every fault', () => {
    const [described = ''] = /Each code is the fault of one party:.*?(?=\n\|)/s.exec(ERRORS) ?? [];
    const faults = new Set(CODES.map((code) => ERROR_CODES[code].fault));
    expect([...faults].filter((fault) => !described.includes(`\`${fault}\`: `))).toEqual([]);
  });

  test('lists the replies after which COMMAND_FAILED is retryable', () => {
    const listed = codesIn(pointsOf('COMMAND_FAILED').Retryable);
    const retryable = WORDS.filter((word) => {
      const { code, retryable: isRetryable } = replyRow(word);
      return code === 'COMMAND_FAILED' && isRetryable !== false;
    });
    expect(listed.filter((text) => text !== 'expire').sort()).toEqual(retryable.sort());
  });

  test.each(CODES)('describes the meaning, outcome, retryable and remedy of %s', (code) => {
    const points = pointsOf(code);
    expect(Object.keys(points)).toEqual(['Meaning', 'Outcome', 'Retryable', 'Remedy']);
    expect(points.Retryable).toMatch(new RegExp(`^${retryableText(code)}(;|$)`));
  });

  test.each(CODES)('lists the same outcomes of %s in table and section', (code) => {
    const row = TABLE.find((each) => each.code?.includes(`\`${code}\``));
    const outcomes = codesIn(pointsOf(code).Outcome);
    expect(outcomes).toEqual(codesIn(row?.outcome));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => !OUTCOMES.includes(outcome))).toEqual([]);
  });
});

describe('docs/concepts/circuits.md', () => {
  test.each([
    ['stays closed', 'not-writing'],
    ['opens immediately', 'not-serving'],
  ])('lists the replies after which the read circuit %s and the write circuit opens', (readCircuit, failureClass) => {
    const table = tablesOf(CIRCUITS).find(([first]) => first !== undefined && CAUSE in first) ?? [];
    const row = table.find((each) => each[CAUSE]?.includes('answers `') && each['read circuit'] === readCircuit);
    const words = WORDS.filter((word) => replyRow(word).failureClass === failureClass);
    expect(codesIn(row?.[CAUSE]).sort()).toEqual(words.sort());
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
    const otherNames = /^(REDIS_|NODE_|APP_|MAX_|NO_COLOR$)/;
    expect(
      mentioned.filter((code) => code !== undefined && !otherNames.test(code) && !Object.hasOwn(ERROR_CODES, code)),
    ).toEqual([]);
  });
});
