import { describe, expect, test } from 'vitest';
import type { PlacedShard } from './placed-shard.js';
import { PlacementTable } from './placement-table.js';
import { SLOT_COUNT } from './slots.js';
import { planMove } from './topology.js';

const COUNTS = [2, 3, 4, 5, 7, 10, 16, 25, 40, 70, 100];

/** Shards whose weights repeat: 1 alone means equal weights. */
function shards(count: number, weights: readonly number[] = [1]): PlacedShard[] {
  return Array.from({ length: count }, (_, at) => ({ id: `eu-${at}`, weight: weights[at % weights.length] ?? 1 }));
}

/** The number of slots of each shard. */
function slotCounts(table: PlacementTable): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const owner = table.ownerOf(slot);
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

function slotsOf(table: PlacementTable, id: string): number {
  return slotCounts(table).get(id) ?? 0;
}

function shareOf({ weight = 1 }: PlacedShard, topology: readonly PlacedShard[]): number {
  return weight / topology.reduce((sum, each) => sum + (each.weight ?? 1), 0);
}

/** The points, in per cent of all slots, that move beyond the share of a shard when it is added: the worst of some. */
function worstExcess(added: readonly PlacedShard[], topology: readonly PlacedShard[]): number {
  const before = new PlacementTable(topology);
  const excesses = added.map((shard) => {
    const next = [...topology, shard];
    return (planMove(before, new PlacementTable(next)).movedShare - shareOf(shard, next)) * 100;
  });
  return Math.max(...excesses);
}

describe('a PlacementTable', () => {
  describe.each([
    ['equal weights', [1]],
    ['weights of 1 to 4', [1, 2, 3, 4]],
    ['weights that differ by a factor of 50', [0.02, 1, 0.3]],
  ])('with %s', (_, weights) => {
    test.each(COUNTS)('gives none of %i shards more than 1 % above its share of the slots', (count) => {
      const topology = shards(count, weights);
      const counts = slotCounts(new PlacementTable(topology));
      for (const shard of topology) {
        const share = shareOf(shard, topology) * SLOT_COUNT;
        expect(counts.get(shard.id) ?? 0).toBeLessThanOrEqual(Math.max(Math.ceil(share), share * 1.01));
      }
    });
  });

  test.each(COUNTS.filter((count) => count <= 40))(
    'moves at most half a point more than the share of a shard that is added to %i shards',
    (count) => {
      const added = ['us-1', 'us-2', 'us-3'].map((id) => ({ id }));
      expect(worstExcess(added, shards(count))).toBeLessThan(0.5);
    },
  );

  test.each([70, 99, 100])(
    'moves at most 0.75 points more than the share if a shard is added to %i shards',
    (count) => {
      expect(worstExcess([{ id: 'us-1' }], shards(count))).toBeLessThan(0.75);
    },
  );

  test.each([0.5, 1, 3])('moves at most half a point more than the share of a shard of weight %d', (weight) => {
    expect(worstExcess([{ id: 'us-1', weight }], shards(6, [1, 2, 3]))).toBeLessThan(0.5);
  });

  test('does not depend on the order of the list', () => {
    const topology = shards(9, [1, 2, 3]);
    expect(planMove(new PlacementTable(topology), new PlacementTable(topology.toReversed())).slots).toBe(0);
  });

  test('depends on the ratios of the weights only', () => {
    const tenfold = shards(9, [10, 20, 30]);
    expect(planMove(new PlacementTable(shards(9, [1, 2, 3])), new PlacementTable(tenfold)).slots).toBe(0);
  });

  test('assigns all slots to the only shard', () => {
    expect(slotsOf(new PlacementTable([{ id: 'a' }]), 'a')).toBe(SLOT_COUNT);
  });

  test('accepts weights at the limits of a number', () => {
    const table = new PlacementTable([
      { id: 'a', weight: Number.MAX_VALUE },
      { id: 'b', weight: Number.MIN_VALUE },
      { id: 'c', weight: Number.MAX_VALUE },
    ]);
    expect(slotsOf(table, 'a') + slotsOf(table, 'b') + slotsOf(table, 'c')).toBe(SLOT_COUNT);
    expect(slotsOf(table, 'b')).toBeLessThanOrEqual(1);
  });

  test('places two ids independently that differ only in an unpaired surrogate', () => {
    const table = new PlacementTable([{ id: '\uD800' }, { id: '\uD801' }]);
    expect(slotsOf(table, '\uD800')).toBeLessThanOrEqual(SLOT_COUNT * 0.505);
  });

  test('places the keys of one hash tag on one shard', () => {
    const table = new PlacementTable(shards(10));
    const owners = Array.from({ length: 100 }, (_, at) => table.shardOf(`{user:7}:${at}`));
    expect(new Set(owners)).toEqual(new Set([table.shardOf('user:7')]));
  });

  test.each([
    ['shards', []],
    ['shards[0].id', [{ id: '' }]],
    ['shards[0].id', [{ id: 'a'.repeat(65) }]],
    ['shards[1].id', [{ id: 'a' }, { id: 'a' }]],
    ['shards[0].weight', [{ id: 'a', weight: 0 }]],
    ['shards[0].weight', [{ id: 'a', weight: -1 }]],
    ['shards[0].weight', [{ id: 'a', weight: Infinity }]],
    ['shards[0].weight', [{ id: 'a', weight: NaN }]],
  ])('rejects invalid %s', (path, topology) => {
    expect(() => new PlacementTable(topology)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });
});
