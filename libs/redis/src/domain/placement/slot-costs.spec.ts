import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { slotCosts } from './slot-costs.js';

test('the costs of each shard are the same values in another order', () => {
  const withoutTieBreaker = (id: string): number[] => Array.from(slotCosts(id, 1)).sort((a, b) => a - b);
  const [a, b] = [withoutTieBreaker('a'), withoutTieBreaker('b')];
  expect(Math.max(...a.map((cost, rank) => Math.abs(cost - (b[rank] ?? 0))))).toBeLessThan(128);
  expect(slotCosts('a', 1)).not.toEqual(slotCosts('b', 1));
});

test('a weight lowers all costs of a shard by its logarithm', () => {
  const [full, half] = [slotCosts('a', 1), slotCosts('a', 0.5)];
  expect(half.map((cost, slot) => cost - (full[slot] ?? 0))).toEqual(full.map(() => Math.round(Math.LN2 * 2 ** 20)));
});

test('the costs of a shard are the same on every platform and in every release', () => {
  const digest = createHash('sha256').update(slotCosts('eu-1', 0.3).join(' ')).digest('hex');
  expect(digest).toBe('77a89bc8e39ffdc039db1f6db7c00bb1518254966e3e9583cef4566a8d7afa56');
});
