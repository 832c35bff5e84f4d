import { describe, expect, test } from 'vitest';
import { printableName } from './printable-name.js';

describe('printableName()', () => {
  test.each([
    ['GET /cities/:id', 'GET /cities/:id'],
    ['Query.search', 'Query.search'],
    ['/a/{*path}', '/a/{*path}'],
    ['/größe', '/gr%C3%B6%C3%9Fe'],
    ['/100%', '/100%25'],
    ['a"b\\c', 'a%22b%5Cc'],
    ['a\nb', 'a%0Ab'],
  ])('turns %j into %j', (text, name) => {
    expect(printableName(text)).toBe(name);
  });

  test('returns at most 128 characters, and different names for different texts', () => {
    const [one, other] = ['a', 'b'].map((end) => printableName(`/${'x'.repeat(200)}${end}`));
    expect(one).toHaveLength(128);
    expect(other).toHaveLength(128);
    expect(one).not.toBe(other);
    expect(printableName('x'.repeat(128))).toBe('x'.repeat(128));
  });
});
