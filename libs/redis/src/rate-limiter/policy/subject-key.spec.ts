import { describe, expect, test } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { TAGS, subjectKey, tagKey, tagOf } from './subject-key.js';

describe('a subject key', () => {
  test('is a stable tag followed by the subject', () => {
    expect(subjectKey('203.0.113.7')).toMatch(/^\{rl:[0-6]\d\}:203\.0\.113\.7$/);
    expect(subjectKey('203.0.113.7')).toBe(subjectKey('203.0.113.7'));
  });

  test('has one of 64 two-digit tags that tagOf returns', () => {
    const tags = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const key = subjectKey(`user:${i}`);
      const tag = tagOf(key);
      tags.add(tag);
      expect(key.startsWith(tagKey(tag))).toBe(true);
    }
    expect([...tags].sort((a, b) => a - b)).toEqual(Array.from({ length: TAGS }, (_, tag) => tag));
    expect(tagKey(7)).toBe('{rl:07}:');
  });

  test.each(['user:', '10.0.0.', 'x'])('spreads subjects with the prefix %s evenly over the tags', (prefix) => {
    const counts = Array.from({ length: TAGS }, () => 0);
    for (let i = 0; i < 64_000; i++) counts[tagOf(subjectKey(prefix + i))]!++;
    expect(Math.max(...counts)).toBeLessThan(1500);
    expect(Math.min(...counts)).toBeGreaterThan(500);
  });

  test('is refused for an invalid subject', () => {
    for (const subject of ['', 'x'.repeat(1025), undefined, 5]) {
      expect(failureNow(() => subjectKey(subject as string)).code).toBe('KEY_INVALID');
    }
  });

  test('keeps its tag when the subject contains braces', () => {
    expect(subjectKey('{other}')).toMatch(/^\{rl:\d\d\}:\{other\}$/);
  });
});
