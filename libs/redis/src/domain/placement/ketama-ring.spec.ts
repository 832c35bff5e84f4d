import HashRing from 'hashring';
import { describe, expect, test } from 'vitest';
import { KetamaRing, type KetamaShard } from './ketama-ring.js';

const KEYS = [
  ...Array.from({ length: 9990 }, (_, at) => `user:${at * 7919}`),
  ...['', ' ', 'ключ', '漢字', '🔑', '{a}b', 'a\r\nb', 'a\u0000b', 'k'.repeat(5000), '0'],
];

/** The argument of hashring for the same shards. */
function serversOf(shards: readonly KetamaShard[]): Record<string, { weight?: number; vnodes?: number }> {
  return Object.fromEntries(shards.map(({ id, ...options }) => [id, options]));
}

const addresses = (count: number): KetamaShard[] =>
  Array.from({ length: count }, (_, at) => ({ id: `10.0.0.${at}:6379` }));

describe('a KetamaRing', () => {
  test.each<[string, readonly KetamaShard[]]>([
    ['one server', addresses(1)],
    ['two servers', addresses(2)],
    ['four servers', addresses(4)],
    ['seventeen servers', addresses(17)],
    ['names without a port', [{ id: 'redis-a' }, { id: 'redis-b' }, { id: 'ünïcode' }]],
    ['weights', addresses(5).map((shard, at) => ({ ...shard, weight: 200 * (at + 1) }))],
    ['fractions as weights', addresses(3).map((shard, at) => ({ ...shard, weight: 0.1 * (at + 1) }))],
    ['a share below one hash', addresses(3).map((shard, at) => ({ ...shard, weight: at === 1 ? 1 : 1000 }))],
    ['vnodes', addresses(3).map((shard, at) => ({ ...shard, vnodes: [50, 200, 100][at] ?? 0 }))],
    ['vnodes of 40, which mean by weight', addresses(3).map((shard, at) => ({ ...shard, weight: at + 1, vnodes: 40 }))],
    ['vnodes for one server', addresses(3).map((shard, at) => (at === 1 ? { ...shard, vnodes: 7 } : shard))],
  ])('gives the answers of hashring for 10,000 keys and %s', (_, shards) => {
    const peer = new HashRing(serversOf(shards));
    const ring = new KetamaRing(shards);
    expect(KEYS.filter((key) => ring.shardOf(key) !== peer.get(key))).toEqual([]);
  });

  test.each([0, -1, 1.5, NaN, Infinity])('rejects %d vnodes', (vnodes) => {
    expect(() => new KetamaRing([{ id: 'a', vnodes }])).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: 'shards[0].vnodes' } }),
    );
  });

  test('rejects weights whose sum is not finite', () => {
    const weight = Number.MAX_VALUE;
    expect(
      () =>
        new KetamaRing([
          { id: 'a', weight },
          { id: 'b', weight },
        ]),
    ).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
