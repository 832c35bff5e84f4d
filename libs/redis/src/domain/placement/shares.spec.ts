import { describe, expect, test } from 'vitest';
import { KetamaRing } from './ketama-ring.js';
import { PlacementTable } from './placement-table.js';

const SHARDS = [{ id: 'a', weight: 2 }, { id: 'b' }, { id: 'c' }];
const KEYS = 20_000;

describe.each([
  ['PlacementTable', () => new PlacementTable(SHARDS)],
  ['KetamaRing', () => new KetamaRing(SHARDS)],
])('%s.shares', (_, create) => {
  test('returns the share of the keys that each shard owns, and all shares together are 1', () => {
    const placement = create();
    const shares = placement.shares();
    expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    const counts = new Map<string, number>();
    for (let i = 0; i < KEYS; i++) {
      const id = placement.shardOf(`key:${i}`);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, share] of shares) expect((counts.get(id) ?? 0) / KEYS).toBeCloseTo(share, 1);
  });
});
