import { describe, expect, test } from 'vitest';
import { PlacementTable } from './placement-table.js';
import { planMove, topologyDigest } from './topology.js';

const AB = [{ id: 'a' }, { id: 'b' }];

describe('topologyDigest', () => {
  test('is a short text that does not change between releases', () => {
    expect(topologyDigest(AB)).toBe('keMwRUOF0bjq75Rf');
  });

  test('is the same in any order of the shards and in any unit of the weights', () => {
    expect(topologyDigest(AB.toReversed())).toBe(topologyDigest(AB));
    expect(topologyDigest(AB.map(({ id }) => ({ id, weight: 30 })))).toBe(topologyDigest(AB));
  });

  test.each([
    ['one shard is missing', [{ id: 'a' }]],
    ['a shard is added', [...AB, { id: 'c' }]],
    ['an id differs', [{ id: 'a' }, { id: 'B' }]],
    ['a weight differs', [{ id: 'a' }, { id: 'b', weight: 2 }]],
    ['the weights are exchanged', [{ id: 'a', weight: 2 }, { id: 'b' }]],
  ])('differs if %s', (_, shards) => {
    expect(topologyDigest(shards)).not.toBe(topologyDigest([{ id: 'a' }, { id: 'b' }]));
    expect(topologyDigest(shards)).not.toBe(topologyDigest([{ id: 'b', weight: 0.5 }, { id: 'c' }]));
  });
});

describe('planMove', () => {
  const ab = new PlacementTable(AB);

  test('counts no slots if the placements are equal', () => {
    expect(planMove(ab, new PlacementTable(AB))).toEqual({ movedShare: 0, slots: 0 });
  });

  test('counts all slots if no shard remains', () => {
    expect(planMove(ab, new PlacementTable([{ id: 'c' }, { id: 'd' }]))).toEqual({ movedShare: 1, slots: 16_384 });
  });

  test('counts the slots of a removed shard', () => {
    const owned = Array.from({ length: 16_384 }, (_, slot) => ab.ownerOf(slot)).filter((id) => id === 'b').length;
    expect(planMove(ab, new PlacementTable([{ id: 'a' }]))).toEqual({ movedShare: owned / 16_384, slots: owned });
  });
});
