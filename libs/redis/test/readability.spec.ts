import { describe, expect, test } from 'vitest';
import { MAX_CASTS_PER_1000_LINES } from '../../../scripts/readability/limits.mjs';
import { productFiles } from '../../../scripts/readability/product-files.mjs';
import { perThousandLines, syntaxOf } from '../../../scripts/readability/syntax.mjs';
import { SOURCE } from './docs/workspace.js';

const FILES = productFiles(SOURCE);

describe('the product sources', () => {
  test(`have at most ${MAX_CASTS_PER_1000_LINES} casts in 1000 lines`, () => {
    expect(FILES.length).toBeGreaterThan(0);
    expect(perThousandLines(FILES, 'casts')).toBeLessThanOrEqual(MAX_CASTS_PER_1000_LINES);
  });

  // The linter refuses the other ways to read the time of the system.
  test('create no date of the system time with new Date()', () => {
    const lines = FILES.flatMap((file) => syntaxOf(file).dates.map((line) => `${file.name}:${line}`));
    expect(lines).toEqual([]);
  });
});

describe('the count of syntax', () => {
  const syntaxOfText = (text: string): ReturnType<typeof syntaxOf> => syntaxOf({ name: 'a.ts', text });

  test('finds casts and any by line, but not as const', () => {
    const text = 'const a = [1] as const;\nconst b = a as unknown as any;\n';
    expect(syntaxOfText(text)).toEqual({ casts: [2, 2], any: [2], dates: [] });
  });

  test('finds dates of the current time, but not of a given time', () => {
    const text = 'const a = new Date(5);\nconst b = new Date();\nconst c = new Date;\nconst d = Date();\n';
    expect(syntaxOfText(text).dates).toEqual([2, 3, 4]);
  });

  test('is relative to the number of lines', () => {
    expect(perThousandLines([{ name: 'a.ts', text: 'a as b;\n\n\nc;\n' }], 'casts')).toBe(250);
  });
});
