import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { ShardedCache, type ShardedOptions } from '../../src/index.js';
import { recordSharded, STAMP, startServers } from '../support/sharded.js';
import { failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const KEYS = Array.from({ length: 400 }, (_, i) => `key:${i}`);

interface Fleet {
  readonly servers: readonly RedisServer[];
  readonly before: readonly { readonly id: string; readonly connection: string }[];
  readonly after: readonly { readonly id: string; readonly connection: string }[];
  process(list?: readonly { readonly id: string; readonly connection: string }[]): ShardedCache;
}

async function startFleet(from: number, to: number, options: ShardedOptions = {}): Promise<Fleet> {
  const servers = await startServers(started, Math.max(from, to));
  const shards = servers.map(({ url }, at) => ({ id: `s${at}`, connection: url }));
  const before = shards.slice(0, from);
  return {
    servers,
    before,
    after: shards.slice(0, to),
    process(list = before) {
      const cache = new ShardedCache(list, { keyPrefix: 'p:', onShardDown: 'error', ...options });
      started.undo(() => cache.disconnect());
      return cache;
    },
  };
}

describe('ShardedCache.reshard', () => {
  test.each([
    [3, 4],
    [4, 3],
  ])('from %i to %i shards moves the share of the keys that plan() returns, and no more', async (from, to) => {
    const { servers, after, process } = await startFleet(from, to);
    const cache = process();
    await cache.connect();
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    const owners = KEYS.map((key) => cache.locate(key).shard);
    const { movedShare } = cache.plan(after);
    expect(movedShare).toBeCloseTo(1 / Math.max(from, to), 1);
    const entered = recordSharded(cache, 'phase');
    await cache.reshard(after, { phase: 1 });
    expect(KEYS.map((key) => cache.locate(key).shard)).toEqual(owners);
    await cache.reshard(after, { phase: 2 });
    const moved = KEYS.filter((key, at) => cache.locate(key).shard !== owners[at]);
    expect(moved.length / KEYS.length).toBeCloseTo(movedShare, 1);
    const values = await cache.getMany(KEYS);
    expect(KEYS.filter((_, at) => values[at] === undefined)).toEqual(moved);
    await cache.reshard(after, { phase: 3 });
    expect(entered.map(({ phase }) => phase)).toEqual([1, 2, 3]);
    expect(Object.keys(cache.status())).toEqual(after.map(({ id }) => id));
    const stored = await Promise.all(servers.map((server) => server.command('KEYS', '*') as Promise<string[]>));
    for (const [at, keys] of stored.entries()) {
      const own = keys.filter((key) => !key.startsWith(`p:${STAMP}`));
      if (at >= to) expect(keys).toEqual([]);
      else expect(own.every((key) => cache.locate(key.slice(2)).shard === `s${at}`)).toBe(true);
    }
    const restarted = process(after);
    await restarted.connect();
    expect((await restarted.getMany(KEYS)).filter((value) => value !== undefined)).toHaveLength(
      KEYS.length - moved.length,
    );
    expect(await failure(process().connect())).toMatchObject({ code: 'OPTION_INVALID' });
  });
});
