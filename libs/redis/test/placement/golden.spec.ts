import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlacedShard } from '../../src/domain/placement/placed-shard.js';
import { PlacementTable } from '../../src/domain/placement/placement-table.js';
import { SLOT_COUNT } from '../../src/domain/placement/slots.js';
import { topologyDigest } from '../../src/domain/placement/topology.js';

/** A recorded placement. A release that changes one moves the keys of users: never replace it to make this test pass. */
interface GoldenPlacement {
  readonly title: string;
  readonly shards: readonly PlacedShard[];
  readonly digest: string;
  /** SHA-256 of the owners of all slots. */
  readonly owners: string;
  readonly keys: Readonly<Record<string, string>>;
}

const FILE = new URL('golden/placements.json', import.meta.url);
const PLACEMENTS = JSON.parse(readFileSync(FILE, 'utf8')) as readonly GoldenPlacement[];

function ownersHash(table: PlacementTable): string {
  const owners = Array.from({ length: SLOT_COUNT }, (_, slot) => table.ownerOf(slot));
  return createHash('sha256').update(JSON.stringify(owners)).digest('hex');
}

describe.each(PLACEMENTS)('the recorded placement of $title', ({ shards, digest, owners, keys }) => {
  const table = new PlacementTable(shards);

  test('assigns each key to its shard, and each slot', () => {
    const assigned = Object.fromEntries(Object.keys(keys).map((key) => [key, table.shardOf(key)]));
    expect(assigned).toEqual(keys);
    expect(ownersHash(table)).toBe(owners);
  });

  test('has its digest', () => {
    expect(topologyDigest(shards)).toBe(digest);
  });
});
