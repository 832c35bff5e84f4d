import { describe, expect, test } from 'vitest';
import { OutageCopies, type OutageCopy } from './outage-copies.js';

function copyOf(encoded: string, more: Partial<OutageCopy> = {}): OutageCopy {
  return { form: { encoded }, confirmedMs: 0, expiresMs: Infinity, isOutageValue: false, ...more };
}

/** Copies of these values, each under its own name. */
function filled(values: readonly string[], bounds: { maxEntries?: number; maxBytes?: number } = {}): OutageCopies {
  const copies = new OutageCopies({ maxEntries: 100, maxBytes: 1_000_000, ...bounds });
  for (const value of values) copies.set(value, copyOf(value));
  return copies;
}

describe('the copies for an outage', () => {
  test('drop the least recently used ones beyond maxEntries', () => {
    const copies = filled(['a', 'b'], { maxEntries: 2 });
    copies.get('a');
    copies.set('c', copyOf('c'));
    expect(['a', 'b', 'c'].map((key) => copies.get(key) !== undefined)).toEqual([true, false, true]);
  });

  test('drop the least recently used ones beyond maxBytes, and never keep a larger one', () => {
    const copies = filled(['a', 'b'], { maxBytes: 1000 });
    copies.set('c', copyOf('x'.repeat(600)));
    expect(['a', 'b', 'c'].map((key) => copies.get(key) !== undefined)).toEqual([false, true, true]);
    copies.set('c', copyOf('x'.repeat(1001)));
    expect(copies.get('c')).toBeUndefined();
  });

  test('are dropped by the beginning of their keys', () => {
    const copies = filled(['cache:a', 'cache:users::b', 'other:c']);
    copies.deleteUnder('cache:users::');
    expect(copies.size).toBe(2);
    copies.deleteUnder('cache:');
    expect(copies.get('other:c')).toBeDefined();
    expect(copies.size).toBe(1);
  });

  test('that were made in an outage are dropped at its end', () => {
    const copies = filled(['a']);
    copies.set('b', copyOf('b', { isOutageValue: true }));
    copies.deleteOutageValues();
    expect([copies.get('a') !== undefined, copies.get('b')]).toEqual([true, undefined]);
  });

  test('from after the beginning of a complete report are confirmed by it, and never moved back', () => {
    const copies = filled([]);
    for (const confirmedMs of [99, 100, 300]) copies.set(`${confirmedMs}`, copyOf('v', { confirmedMs }));
    copies.confirm({ prefix: '', sinceMs: 100, untilMs: 200 });
    expect(['99', '100', '300'].map((key) => copies.get(key)?.confirmedMs)).toEqual([99, 200, 300]);
  });
});
