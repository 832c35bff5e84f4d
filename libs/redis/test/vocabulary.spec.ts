import { describe, expect, test } from 'vitest';
import { bannedWordsIn } from '../../../scripts/readability/banned-words.mjs';
import { ROOT } from './docs/workspace.js';

describe('code, tests and documents', () => {
  test('use the terms of docs/glossary.md and no banned word', () => {
    expect(bannedWordsIn(ROOT)).toEqual([]);
  });
});
