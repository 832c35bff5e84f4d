import { describe, expect, test } from 'vitest';
import { BucketCounts } from './bucket-counts.js';

describe('BucketCounts', () => {
  test('counts each value in the first bucket whose bound it does not exceed', () => {
    const buckets = new BucketCounts([1, 2.5]);
    for (const value of [0, 1, 1.01, 2.5, 2.51, 100]) buckets.add(value);
    expect(buckets.snapshot()).toMatchObject({ bounds: [1, 2.5], counts: [2, 2, 2], count: 6 });
    expect(buckets.snapshot().sum).toBeCloseTo(107.02);
  });

  test('returns a snapshot that later values do not change', () => {
    const buckets = new BucketCounts([1]);
    const before = buckets.snapshot();
    buckets.add(1);
    expect(before).toEqual({ bounds: [1], counts: [0, 0], sum: 0, count: 0 });
  });
});
