import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { ShardedCache, type RedisInfraError } from '../../src/index.js';
import { slotOf } from '../../src/domain/placement/slots.js';
import { startRouter } from '../support/connection-router.js';
import { eventually } from '../support/eventually.js';
import { keyOn, keysAt, keysByShard, recordSharded, shardsOf, STAMP, startServers } from '../support/sharded.js';
import { codeOf, failure, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const MODES = [
  ['with a fallback', {}],
  ['that returns misses', { onShardDown: 'miss' }],
  ['without a fallback', { onShardDown: 'error' }],
] as const;

/** Routers in front of servers, whose addresses can be swapped while they run. */
async function startRouted(count: number) {
  const servers = await startServers(started, count);
  const targets = servers.map(({ port }) => port);
  const routers = await Promise.all(servers.map((_, at) => startRouter({ portOf: () => targets[at] ?? 0 })));
  for (const router of routers) started.undo(() => router.stop());
  return {
    servers,
    urls: routers.map(({ url }) => url),
    /** Changes the servers behind the routers, and closes their connections. */
    async route(order: readonly number[]): Promise<void> {
      order.forEach((server, at) => (targets[at] = servers[server]?.port ?? 0));
      for (const server of servers) await server.command('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    },
  };
}

describe('a ShardedCache', () => {
  test('stamps servers without a stamp once, and reports it', async () => {
    const servers = await startServers(started, 2);
    const cache = shardsOf(
      started,
      servers.map(({ url }) => url),
      { keyPrefix: 'p:' },
    );
    const unstamped = recordSharded(cache, 'unstamped');
    await cache.connect();
    expect(unstamped.map(({ shard }) => shard).sort()).toEqual(['s0', 's1']);
    const stamps = await Promise.all(
      servers.map(async (server) => JSON.parse(String(await server.command('GET', `p:${STAMP}`)))),
    );
    expect(stamps.map(({ id }) => id)).toEqual(['s0', 's1']);
    expect(stamps[0].topology).toBe(stamps[1].topology);
    const second = shardsOf(
      started,
      servers.map(({ url }) => url),
      { keyPrefix: 'p:' },
    );
    const again = recordSharded(second, 'unstamped');
    await second.connect();
    expect(again).toEqual([]);
  });

  test('spares the stamps when it is cleared, and hides them in a scan', async () => {
    const servers = await startServers(started, 2);
    const cache = shardsOf(
      started,
      servers.map(({ url }) => url),
    );
    await cache.setMany([...keysByShard(cache, 3).values()].flat().map((key) => ({ key, value: 1 })));
    const scanned: string[] = [];
    for await (const { keys } of cache.can.keys?.scan() ?? []) scanned.push(...keys);
    expect(scanned).toHaveLength(6);
    expect(await cache.clear({ wholeDatabase: true })).toBe(6);
    for (const server of servers) expect(await keysAt(server)).toEqual([STAMP]);
  });

  test.each(MODES)(
    '%s serves nothing and writes nothing while the addresses of two shards are swapped',
    async (_, options) => {
      const { servers, urls, route } = await startRouted(2);
      const cache = shardsOf(started, urls, options);
      const outOfService = recordSharded(cache, 'out-of-service');
      const inService = recordSharded(cache, 'in-service');
      await cache.connect();
      const keys = ['s0', 's1'].map((shard) => keyOn(cache, shard));
      await cache.setMany(keys.map((key) => ({ key, value: 'right' })));
      // Left over from a time when other shards owned these keys.
      for (const [at, server] of servers.entries()) await server.command('SET', keys[1 - at] ?? '', '"wrong"');
      await route([1, 0]);
      await eventually(() => outOfService.length === 2);
      expect(outOfService).toEqual(
        expect.arrayContaining([
          { shard: 's0', reason: 'other-shard', stamped: 's1' },
          { shard: 's1', reason: 'other-shard', stamped: 's0' },
        ]),
      );
      for (const key of keys) {
        expect(await cache.get(key).catch(() => undefined)).not.toBe('wrong');
        await cache.set(key, 'written').catch(() => {});
        await cache.incr(`n:${key}`).catch(() => {});
        await cache.delete(`other:${key}`).catch(() => {});
      }
      expect(Object.values(cache.status()).map(({ state }) => state)).toEqual(['misconfigured', 'misconfigured']);
      for (const [at, server] of servers.entries()) {
        expect(await server.command('GET', keys[at] ?? '')).toBe('"right"');
        expect(await server.command('GET', keys[1 - at] ?? '')).toBe('"wrong"');
        expect(await keysAt(server, 'n:*')).toEqual([]);
      }
      await route([0, 1]);
      await eventually(async () => inService.length === 2 && (await codeOf(cache.incr('n'))) === 'ok');
      await cache.set(keys[0] ?? '', 'later');
      expect(await servers[0]?.command('GET', keys[0] ?? '')).toBe('"later"');
    },
  );

  test('serves nothing while one connection of a pool reaches another server', async () => {
    const [right, wrong] = await startServers(started, 2);
    let target: RedisServer | undefined = right;
    const router = await startRouter({ portOf: () => target?.port ?? 1 });
    started.undo(() => router.stop());
    const cache = shardsOf(started, [{ url: router.url, poolSize: 2 }], { onShardDown: 'error' });
    await cache.connect();
    const keys = Array.from({ length: 20 }, (_, i) => `key:${i}`);
    await cache.setMany(keys.map((key) => ({ key, value: 'right' })));
    for (const key of keys) await wrong?.command('SET', key, '"wrong"');
    target = undefined;
    const clients = String(await right?.command('CLIENT', 'LIST', 'TYPE', 'NORMAL')).matchAll(
      /^id=(\d+) .* cmd=(?!client)/gm,
    );
    // The stamp is read on the other connection.
    const [, id = ''] = [...clients][1 - (slotOf(STAMP) % 2)] ?? [];
    await right?.command('CLIENT', 'KILL', 'ID', id);
    const readEach = (): Promise<unknown[]> => Promise.all(keys.map((key) => cache.get(key).catch(() => undefined)));
    // The other connection serves calls, and the first one cannot reconnect.
    const { accepted } = router;
    await eventually(async () => router.accepted > accepted + 2 && (await readEach()).includes('right'));
    target = wrong;
    const before = router.accepted;
    await eventually(async () => {
      const values = await readEach();
      expect(values).not.toContain('wrong');
      return router.accepted > before && values.every((value) => value === undefined);
    });
    target = right;
    await wrong?.command('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    await eventually(async () => (await cache.getMany(keys)).every((value) => value === 'right'), 10_000);
  });

  test('resolves connect() while the addresses are swapped, unless failFast is set', async () => {
    const servers = await startServers(started, 2);
    const urls = servers.map(({ url }) => url);
    await shardsOf(started, urls).connect();
    await shardsOf(started, urls.toReversed()).connect();
    const error = await failure(shardsOf(started, urls.toReversed(), { failFast: true }).connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', context: { reason: 'OTHER_SHARD' } });
    expect(error.message).toContain('check the addresses');
  });

  test('uses only one of two shards that have the same address', async () => {
    const [server] = await startServers(started, 1);
    const url = server?.url ?? '';
    const cache = shardsOf(started, [url, url], { onShardDown: 'error' });
    await cache.connect();
    const states = Object.values(cache.status()).map(({ state }) => state);
    expect(states.sort()).toEqual(['misconfigured', 'up']);
  });

  test('rejects with OPTION_INVALID on a server whose keys were placed with other shards', async () => {
    const servers = await startServers(started, 3);
    const urls = servers.map(({ url }) => url);
    await shardsOf(started, urls).connect();
    const fewer = shardsOf(started, urls.slice(0, 2));
    const error: RedisInfraError = await failure(fewer.connect());
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/reshard\(\).*topologyChange: 'flush'/);
    expect(await codeOf(fewer.get('k'))).toBe('OPTION_INVALID');
    expect(await codeOf(fewer.set('k', 1))).toBe('OPTION_INVALID');
    const heavier = new ShardedCache(
      urls.map((connection, at) => ({ id: `s${at}`, connection, weight: at + 1 })),
      LONG_DEADLINE,
    );
    started.undo(() => heavier.disconnect());
    expect(await codeOf(heavier.connect())).toBe('OPTION_INVALID');
  });

  test('does not depend on the order of the shards', async () => {
    const servers = await startServers(started, 2);
    const shards = servers.map(({ url }, at) => ({ id: `s${at}`, connection: url }));
    for (const list of [shards, shards.toReversed()]) {
      const cache = new ShardedCache(list, { ...LONG_DEADLINE, failFast: true });
      started.undo(() => cache.disconnect());
      await cache.connect();
    }
  });

  test('removes its keys with topologyChange: flush, and no others', async () => {
    const servers = await startServers(started, 3);
    const urls = servers.map(({ url }) => url);
    const before = shardsOf(started, urls, { keyPrefix: 'p:' });
    await before.connect();
    await before.setMany([...keysByShard(before, 5).values()].flat().map((key) => ({ key, value: 'old' })));
    await before.disconnect();
    for (const server of servers) await server.command('SET', 'foreign', '1');
    const after = shardsOf(started, urls.slice(0, 2), { keyPrefix: 'p:', topologyChange: 'flush' });
    await after.connect();
    for (const server of servers.slice(0, 2)) {
      expect(await keysAt(server)).toEqual(['foreign', `p:${STAMP}`]);
    }
    await after.set('k', 'new');
    const again = shardsOf(started, urls.slice(0, 2), { keyPrefix: 'p:' });
    await again.connect();
    expect(await again.get('k')).toBe('new');
    // A process of before that reconnects must not flush the keys of the newer one.
    const old = shardsOf(started, urls, { keyPrefix: 'p:' });
    expect(await codeOf(old.connect())).toBe('OPTION_INVALID');
  });

  test('stamps a server again that lost its data, and uses it', async () => {
    const servers = await startServers(started, 2);
    const cache = shardsOf(
      started,
      servers.map(({ url }) => url),
    );
    await cache.connect();
    const unstamped = recordSharded(cache, 'unstamped');
    const key = keyOn(cache, 's1');
    await cache.set(key, 'lost');
    await servers[1]?.command('FLUSHALL');
    await servers[1]?.kill();
    await servers[1]?.restart();
    await eventually(() => unstamped.length === 1, 10_000);
    expect(unstamped).toEqual([{ shard: 's1' }]);
    await eventually(() => cache.can.fallback?.status().active === false, 10_000);
    expect(await cache.get(key)).toBeUndefined();
    await cache.set(key, 'new');
    await eventually(async () => (await servers[1]?.command('GET', key)) === '"new"');
  });

  test.each([
    ['another text', ['SET', STAMP, 'something']],
    ['other JSON', ['SET', STAMP, '{"id":5}']],
    ['a list', ['RPUSH', STAMP, 'something']],
  ])('does not use a server whose stamp is %s', async (_, command) => {
    const [server] = await startServers(started, 1);
    await server?.commands([command]);
    const cache = shardsOf(started, [server?.url ?? ''], { failFast: true });
    const outOfService = recordSharded(cache, 'out-of-service');
    expect(await codeOf(cache.connect())).toBe('CONNECTION_FAILED');
    expect(outOfService).toEqual([{ shard: 's0', reason: 'other-shard', stamped: undefined }]);
  });
});
