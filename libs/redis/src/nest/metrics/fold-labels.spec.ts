import { describe, expect, test } from 'vitest';
import { addBuckets, foldLabels } from './fold-labels.js';

const sum = (a: number, b: number): number => a + b;

describe('foldLabels', () => {
  test('keeps the first 50 values of a label and sums the others as other', () => {
    const samples = Array.from({ length: 53 }, (_, i) => [[`c${i}`, 'hit'], 1] as const);
    const folded = foldLabels(samples, sum);
    expect(folded).toHaveLength(51);
    expect(folded[49]).toEqual([['c49', 'hit'], 1]);
    expect(folded[50]).toEqual([['other', 'hit'], 3]);
  });

  test('folds each label by itself', () => {
    const samples = Array.from({ length: 52 }, (_, i) => [['cache', `code${i}`], 1] as const);
    expect(foldLabels(samples, sum).at(-1)).toEqual([['cache', 'other'], 2]);
  });

  test('combines samples whose labels are equal', () => {
    expect(
      foldLabels(
        [
          [['a'], 1],
          [['a'], 0],
        ],
        Math.min,
      ),
    ).toEqual([[['a'], 0]]);
  });
});

describe('addBuckets', () => {
  test('adds the buckets, the sums and the counts of two histograms', () => {
    const a = { bounds: [1, 2], counts: [1, 0, 2], sum: 9, count: 3 };
    const b = { bounds: [1, 2], counts: [0, 5, 1], sum: 14, count: 6 };
    expect(addBuckets(a, b)).toEqual({ bounds: [1, 2], counts: [1, 5, 3], sum: 23, count: 9 });
  });
});
