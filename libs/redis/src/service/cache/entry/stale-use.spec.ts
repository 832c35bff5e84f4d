import { describe, expect, test } from 'vitest';
import type { ValueState } from './entry-validity.js';
import { staleUse, type StaleUse } from './stale-use.js';

const VERSIONS = { clock: 1, floor: 0, tagged: 0, isSweeping: false };

function useOf(
  state: ValueState,
  staleForMs: number,
  staleWhileRevalidateMs: number,
  staleIfErrorMs: number,
): StaleUse {
  const meta = { created: 0, freshUntil: 1000 };
  const read = { state, value: 'v', meta, nowMs: 1000 + staleForMs, versions: VERSIONS };
  return staleUse(read, { ttlMs: 1000, staleWhileRevalidateMs, staleIfErrorMs });
}

describe('staleUse', () => {
  test('staleIfError begins where staleWhileRevalidate ends', () => {
    expect([0, 9, 10, 29, 30].map((ms) => useOf('stale', ms, 10, 20))).toEqual([
      'revalidate',
      'revalidate',
      'if-error',
      'if-error',
      undefined,
    ]);
  });

  test('a value is used for nothing without windows', () => {
    expect(useOf('stale', 0, 0, 0)).toBeUndefined();
  });

  test('a value whose tag was invalidated is used only for errors, also before freshUntil', () => {
    expect(useOf('for-errors', -500, 10, 20)).toBe('if-error');
    expect(useOf('for-errors', 5, 10, 0)).toBeUndefined();
    expect(useOf('for-errors', 30, 10, 20)).toBeUndefined();
  });

  test.each(['fresh', 'expired', 'invalidated', 'absent'] as const)('a value that is %s is not stale', (state) => {
    expect(useOf(state, 5, 10, 20)).toBeUndefined();
  });
});
