import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../testing/compressor-contract/seeded-random.js';
import { SlidingCounts } from './sliding-counts.js';

describe('sliding counts of ten seconds', () => {
  test('equal those of a list of all events, except for the tenth that expires', () => {
    const random = seededRandom(3);
    const counts = new SlidingCounts(10_000);
    const all: { readonly atMs: number; readonly isGood: boolean }[] = [];
    let nowMs = 123_456;
    for (let i = 0; i < 20_000; i++) {
      nowMs += random() < 0.001 ? random() * 15_000 : random() * 20;
      const isGood = random() < 0.7;
      if (isGood) counts.addSuccess(nowMs);
      else counts.addFailure(nowMs);
      all.push({ atMs: nowMs, isGood });
      if (i % 97 !== 0) continue;
      const firstMs = (Math.floor(nowMs / 1000) - 9) * 1000;
      const recent = all.filter(({ atMs }) => atMs >= firstMs);
      const good = recent.filter((event) => event.isGood).length;
      expect([counts.successes, counts.failures]).toEqual([good, recent.length - good]);
    }
  });

  test('are zero after ten seconds without an event', () => {
    const counts = new SlidingCounts(10_000);
    for (let i = 0; i < 1000; i++) counts.addFailure(5000);
    expect(counts.at(5000 + 9999).failures).toBe(1000);
    expect(counts.at(5000 + 20_000).failures).toBe(0);
  });

  test('need the same space with 500 000 events as with none', () => {
    const counts = new SlidingCounts(10_000);
    for (let i = 0; i < 500_000; i++) counts.addSuccess(i / 50);
    const size = JSON.stringify(counts).length;
    expect(size).toBeLessThan(500);
    expect(counts.successes).toBe(500_000);
  });
});
