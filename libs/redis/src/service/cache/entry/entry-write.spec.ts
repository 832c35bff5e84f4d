import { describe, expect, test } from 'vitest';
import { entryOf } from './entry-write.js';

const FACTS = { nowMs: 1000.9, clock: 7, tags: ['aa'], loadMs: 1.6 };

describe('entryOf', () => {
  test('has whole milliseconds, and lives for the sum of its windows', () => {
    const windows = { ttlMs: 99.1, staleWhileRevalidateMs: 10, staleIfErrorMs: 20 };
    expect(entryOf('v', windows, FACTS)).toEqual({
      value: 'v',
      meta: { created: 1000, freshUntil: 1100, expires: 1130, loadMs: 2, clock: 7, tags: ['aa'] },
      ttlMs: 130,
    });
  });

  test('has no times with ttl: null', () => {
    const entry = entryOf('v', { ttlMs: null, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }, FACTS);
    expect(entry.ttlMs).toBeUndefined();
    expect([entry.meta?.freshUntil, entry.meta?.expires]).toEqual([undefined, undefined]);
  });

  test('keeps the time of a very long load within the field of the envelope', () => {
    const windows = { ttlMs: 1, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
    expect(entryOf('v', windows, { ...FACTS, loadMs: 2 ** 40 }).meta?.loadMs).toBe(2 ** 32 - 1);
  });
});
