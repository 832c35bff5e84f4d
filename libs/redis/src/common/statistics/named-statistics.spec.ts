import { describe, expect, test } from 'vitest';
import { MAX_NAMES, NamedStatistics } from './named-statistics.js';

describe('NamedStatistics', () => {
  test('gives the first 50 names statistics of their own and the later ones those of other', () => {
    const statistics = new NamedStatistics(() => ({ count: 0 }));
    for (let i = 0; i < MAX_NAMES + 10; i++) statistics.of(`policy${i}`).count++;
    statistics.of('policy0').count++;
    const entries = new Map(statistics.entries());
    expect(entries.size).toBe(MAX_NAMES + 1);
    expect(entries.get('policy0')).toEqual({ count: 2 });
    expect(entries.get('other')).toEqual({ count: 10 });
  });
});
