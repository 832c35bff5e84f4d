import { afterEach, describe, expect, test } from 'vitest';
import type { ScriptDefinition } from '../../domain/cache-store.js';
import { PlacementTable } from '../../domain/placement/placement-table.js';
import { slotOf } from '../../domain/placement/slots.js';
import { ShardedCache } from './sharded.cache.js';
import type { ShardedEvents } from './sharded-events.js';
import type { ShardedOptions } from './sharded-options.js';

const IDS = ['a', 'b', 'c'];
const KEYS = Array.from({ length: 30 }, (_, i) => `key:${i}`);
const opened: ShardedCache[] = [];

function cacheOf(options: ShardedOptions = { keyPrefix: 'p:' }, ids: readonly string[] = IDS): ShardedCache {
  const cache = new ShardedCache(
    ids.map((id) => ({ id, connection: 'memory://' })),
    options,
  );
  opened.push(cache);
  return cache;
}

afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.disconnect();
});

describe('ShardedCache.locate', () => {
  test('returns the shard of the placement table and the slot of a cluster, both of the key with its prefix', () => {
    const cache = cacheOf();
    const table = new PlacementTable(IDS.map((id) => ({ id })));
    for (const key of KEYS) {
      expect(cache.locate(key)).toEqual({ shard: table.shardOf(`p:${key}`), slot: slotOf(`p:${key}`) });
    }
  });

  test('returns the same shard for all keys of one hash tag', () => {
    const cache = cacheOf();
    const shards = KEYS.map((key) => cache.locate(`{user:7}:${key}`).shard);
    expect(new Set(shards).size).toBe(1);
  });

  test('does not depend on the order of the shards', () => {
    const [cache, reversed] = [cacheOf(), cacheOf({ keyPrefix: 'p:' }, IDS.toReversed())];
    expect(KEYS.map((key) => reversed.locate(key))).toEqual(KEYS.map((key) => cache.locate(key)));
  });

  test('throws KEY_INVALID for an empty key', () => {
    expect(() => cacheOf().locate('')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe('a ShardedCache', () => {
  test('keeps each key on its shard only', async () => {
    const cache = cacheOf();
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    const found: string[] = [];
    for await (const { node, keys } of cache.can.keys?.scan() ?? []) {
      for (const key of keys) {
        found.push(key);
        expect(node).toBe(`${cache.locate(key).shard}/memory`);
      }
    }
    expect(found.sort()).toEqual(KEYS.toSorted());
  });

  test('continues a scan at the cursor of a shard', async () => {
    const cache = cacheOf();
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    const scanner = cache.can.keys;
    const steps: { readonly node: string; readonly cursor: string; readonly keys: readonly string[] }[] = [];
    for await (const step of scanner?.scan({ count: 2 }) ?? []) steps.push(step);
    const [first, ...rest] = steps;
    const continued: string[] = [];
    for await (const { keys } of scanner?.scan({ node: first?.node, cursor: first?.cursor, count: 2 }) ?? [])
      continued.push(...keys);
    expect(continued).toEqual(rest.filter(({ node }) => node === first?.node).flatMap(({ keys }) => keys));
    await expect(scanner?.scan({ cursor: '5' })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'scan.node' },
    });
    await expect(scanner?.scan({ node: 'x/memory' })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      context: { path: 'scan.node' },
    });
  });

  test('returns the values of getMany in the order of the keys, duplicates included', async () => {
    const cache = cacheOf();
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    const asked = [...KEYS.toReversed(), 'absent', ...KEYS];
    expect(await cache.getMany(asked)).toEqual([...KEYS.toReversed(), undefined, ...KEYS]);
    expect(await cache.deleteMany([...KEYS, 'absent'])).toBe(KEYS.length);
  });

  test('reports each shard when it is cleared', async () => {
    const cache = cacheOf();
    const reports: ShardedEvents['cleared'][] = [];
    cache.on('cleared', (report) => reports.push(report));
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    expect(await cache.clear()).toBe(KEYS.length);
    const removed = (id: string): number => KEYS.filter((key) => cache.locate(key).shard === id).length;
    expect(reports).toEqual([
      { shards: Object.fromEntries(IDS.map((id) => [id, { removed: removed(id), status: 'applied' }])) },
    ]);
  });

  test('refuses to clear with an empty prefix on all shards', async () => {
    const cache = cacheOf({});
    await cache.set('k', 1);
    await expect(cache.clear()).rejects.toMatchObject({ code: 'OPTION_INVALID', context: { path: 'keyPrefix' } });
    expect(await cache.clear({ wholeDatabase: true })).toBe(1);
  });

  test('runs a script on the shard of its keys, and rejects keys of several shards with their ids', async () => {
    const cache = cacheOf();
    const script: ScriptDefinition<unknown> = {
      name: 'COUNT',
      source: '',
      keys: 2,
      parse: (reply) => reply,
      twin: (_, keys) => keys.length,
    };
    expect(await cache.can.scripts?.run(script, ['{t}1', '{t}2'], [])).toBe(2);
    const [first = '', second = ''] = ['a', 'b'].map((id) => KEYS.find((key) => cache.locate(key).shard === id));
    await expect(cache.can.scripts?.run(script, [first, second], [])).rejects.toMatchObject({
      code: 'CROSS_SHARD',
      context: { shards: 'a, b' },
    });
    expect(cache.can.scripts?.groupOf?.(first)).not.toBe(cache.can.scripts?.groupOf?.(second));
  });

  test('reports the state of each shard, and shows it instead of its connections', async () => {
    const cache = cacheOf();
    await cache.connect();
    expect(Object.keys(cache.status())).toEqual(IDS);
    expect(Object.values(cache.status()).map(({ state }) => state)).toEqual(['up', 'up', 'up']);
    expect(JSON.parse(JSON.stringify(cache))).toEqual(JSON.parse(JSON.stringify(cache.status())));
    expect(cache.can.link?.state).toBe('up');
    await cache.disconnect();
    expect(cache.can.link?.state).toBe('closed');
  });

  test('emits the events of a shard with its id', async () => {
    const cache = cacheOf();
    const shards: string[] = [];
    cache.on('up', ({ shard }) => shards.push(shard));
    await cache.connect();
    expect(shards).toEqual(IDS);
  });

  test.each([
    ['call.deadline', { deadline: '0s' }],
    ['call.signal', { signal: 1 }],
    ['call.strict', { strict: 1 }],
    ['call.timeout', { timeout: 1 }],
  ])('refuses the invalid limit %s of a view', (path, call) => {
    const cache = cacheOf();
    expect(() => cache.with(call as never)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }),
    );
  });

  test('keeps the limits of a view in a view of it', async () => {
    const cache = cacheOf();
    const aborted = cache.with({ signal: AbortSignal.abort(new Error('stop')) }).with({ deadline: '1s' });
    await expect(aborted.get('k')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(aborted.getMany(KEYS)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(aborted.setMany(KEYS.map((key) => ({ key, value: 1 })))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });
});
