import { describe, expect, test } from 'vitest';
import { refreshRule } from '../options/entry-options.js';
import { isDueForRefresh, refreshFacts } from './early-refresh.js';

const FACTS = { freshUntilMs: 10_000, nowMs: 0, ttlMs: 10_000, loadMs: 100 };
const BETA = refreshRule({ beta: 1 });

describe('isDueForRefresh', () => {
  test('with at begins after that fraction of ttl', () => {
    const dueAt = (nowMs: number): boolean => isDueForRefresh({ ...FACTS, nowMs }, refreshRule({ at: 0.8 }), () => 0);
    expect([dueAt(7999), dueAt(8000), dueAt(9999)]).toEqual([false, true, true]);
  });

  test('with beta never begins before the last tenth of ttl', () => {
    const dueAt = (nowMs: number): boolean => isDueForRefresh({ ...FACTS, nowMs, loadMs: 1e9 }, BETA, () => 0.5);
    expect([dueAt(8999), dueAt(9000)]).toEqual([false, true]);
  });

  test('with beta is likelier for a slow load, a greater beta and an unlikely number', () => {
    const due = (loadMs: number, beta: number, random: number): boolean =>
      isDueForRefresh({ ...FACTS, nowMs: 9500, loadMs }, refreshRule({ beta }), () => random);
    // -ln(1 - 0.5) is 0.69, and 500 ms are left.
    expect([due(721, 1, 0.5), due(722, 1, 0.5)]).toEqual([false, true]);
    expect([due(361, 2, 0.5), due(100, 1, 0.99), due(109, 1, 0.99)]).toEqual([true, false, true]);
    expect(due(100, 10, 0)).toBe(false);
  });

  test('with beta does not happen if the time of the load is unknown, nor with false', () => {
    expect(isDueForRefresh({ ...FACTS, nowMs: 9999, loadMs: undefined }, BETA, () => 0.999)).toBe(false);
    expect(isDueForRefresh({ ...FACTS, nowMs: 9999 }, refreshRule(false), () => 0.999)).toBe(false);
  });
});

describe('refreshFacts', () => {
  const versions = { clock: 1, floor: 0, tagged: 0, isSweeping: false };

  test('are undefined for a plain value and for one that never expires', () => {
    const read = { state: 'fresh', value: 1, nowMs: 5, versions } as const;
    expect(refreshFacts({ ...read, meta: undefined })).toBeUndefined();
    expect(refreshFacts({ ...read, meta: { created: 1 } })).toBeUndefined();
    const facts = { freshUntilMs: 11, nowMs: 5, ttlMs: 10, loadMs: 3 };
    expect(refreshFacts({ ...read, meta: { created: 1, freshUntil: 11, loadMs: 3 } })).toEqual(facts);
  });
});
