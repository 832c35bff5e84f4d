import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, PartialResultError, type ShardedCache, type ShardedOptions } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { keyOn, keysAt, keysByShard, recordSharded, shardsOf, startServers } from '../support/sharded.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
// Long enough for the available shards on a busy machine.
const DEADLINE_MS = 1500;
const SHARDS = ['s0', 's1', 's2', 's3'];
const LOST = 's1';
const MODES: readonly (readonly [string, ShardedOptions])[] = [
  ['with a fallback', { fallback: { maxStale: '1h' } }],
  ['that returns misses', { onShardDown: 'miss' }],
  ['without a fallback', { onShardDown: 'error' }],
];

let servers: readonly RedisServer[];
let lost: RedisServer;

beforeEach(async () => {
  servers = await startServers(started, SHARDS.length);
  const [, second] = servers;
  if (second === undefined) throw new Error('there is no second server');
  lost = second;
});

async function connected(options: ShardedOptions, urls = servers.map(({ url }) => url)): Promise<ShardedCache> {
  const cache = shardsOf(started, urls, { resilience: { deadline: DEADLINE_MS / 1000 }, ...options });
  await cache.connect();
  return cache;
}

/** Stores ten values on each shard, and returns their keys, shuffled over the shards. */
async function filled(cache: ShardedCache): Promise<readonly string[]> {
  const groups = [...keysByShard(cache, 10).values()];
  const keys = Array.from({ length: 10 }, (_, i) => groups.map((group) => group[i] ?? '')).flat();
  await cache.setMany(keys.map((key) => ({ key, value: key, ttl: '1h' })));
  return keys;
}

/** The keys that a server holds, without internal ones. */
async function valuesAt(server: RedisServer): Promise<readonly string[]> {
  return (await keysAt(server)).filter((key) => !key.includes('~'));
}

function unreachable(proxies: readonly FaultProxy[]): void {
  for (const proxy of proxies) {
    proxy.refuse();
    proxy.cut();
  }
}

async function timed<T>(call: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const beganMs = performance.now();
  const value = await call();
  return { value, ms: performance.now() - beganMs };
}

const faults: readonly (readonly [string, (server: RedisServer) => unknown, (server: RedisServer) => unknown])[] = [
  ['killed', (server) => server.kill(), (server) => server.restart()],
  ['frozen', (server) => server.freeze(), (server) => server.thaw()],
];

describe.each(faults)('a ShardedCache of which one shard is %s', (_, fail, repair) => {
  test.each(MODES)('%s answers for the others within the deadline, and moves no keys', async (__, options) => {
    const cache = await connected(options);
    const keys = await filled(cache);
    const counter = keysByShard(cache, 11).get(LOST)?.[10] ?? '';
    const partial = recordSharded(cache, 'partial');
    await fail(lost);
    started.undo(() => repair(lost));
    const expected = keys.map((key) => (cache.locate(key).shard === LOST ? undefined : key));
    for (let i = 0; i < 5; i++) {
      const { value, ms } = await timed(() => cache.getMany<string>(keys));
      expect(ms).toBeLessThan(DEADLINE_MS + 1000);
      expect(value.filter((each, at) => expected[at] !== undefined && each !== expected[at])).toEqual([]);
    }
    expect(partial.length).toBeGreaterThan(0);
    expect(new Set(partial.flatMap(({ shards }) => shards))).toEqual(new Set([LOST]));
    const strict = await failure(cache.with({ strict: true }).getMany(keys));
    expect(strict).toBeInstanceOf(PartialResultError);
    expect(strict).toMatchObject({ context: { operation: 'getMany', shards: LOST } });
    const written = await cache.setMany(keys.map((key) => ({ key, value: 'new' }))).catch((error: unknown) => error);
    const failed = expect.objectContaining({ name: 'PartialResultError', outcome: 'unknown', result: 30 });
    expect(written).toEqual(options.fallback === undefined ? failed : undefined);
    const others = servers.filter((server) => server !== lost);
    const held = await Promise.all(others.map(valuesAt));
    expect(held.flat().sort()).toEqual(keys.filter((key) => cache.locate(key).shard !== LOST).toSorted());
    await repair(lost);
    await eventually(
      async () => (await codeOf(cache.incr(counter))) === 'ok' && cache.can.fallback?.status().active !== true,
      10_000,
    );
    await cache.setMany(keys.map((key) => ({ key, value: 'back' })));
    await eventually(async () => (await cache.getMany(keys)).every((value) => value === 'back'), 10_000);
  });
});

describe('a ShardedCache whose shard is killed', () => {
  test('returns misses for its keys with onShardDown: miss, and rejects changes of them', async () => {
    const cache = await connected({ onShardDown: 'miss' });
    const key = keyOn(cache, LOST);
    await cache.set(key, 1);
    await lost.kill();
    await eventually(() => cache.status()[LOST]?.state !== 'up');
    expect(await cache.get(key)).toBeUndefined();
    for (const call of [cache.set(key, 2), cache.delete(key), cache.incr(key), cache.has(key)])
      expect(await codeOf(call)).not.toBe('ok');
    expect(await failure(cache.deleteMany([key, keyOn(cache, 's0'), keyOn(cache, 's2')]))).toMatchObject({
      name: 'PartialResultError',
      result: 0,
      failures: expect.objectContaining({ size: 1 }),
    });
    expect(await codeOf(cache.get(keyOn(cache, 's2')))).toBe('ok');
  });

  test('resolves connect() without it, and uses it when it is there', async () => {
    await lost.kill();
    const cache = await connected({});
    expect(cache.status()[LOST]?.state).not.toBe('up');
    expect(
      await codeOf(
        shardsOf(
          started,
          servers.map(({ url }) => url),
          { failFast: true },
        ).connect(),
      ),
    ).toBe('CONNECTION_FAILED');
    await cache.set(keyOn(cache, 's2'), 1);
    await lost.restart();
    await eventually(async () => (await codeOf(cache.incr(keyOn(cache, LOST)))) === 'ok', 10_000);
  });

  test('clears it when it returns, and leaves foreign keys', async () => {
    const cache = await connected({ keyPrefix: 'p:', fallback: {} });
    const keys = await filled(cache);
    for (const server of servers) await server.command('SET', 'foreign', '1');
    await lost.save();
    await lost.kill();
    await eventually(() => cache.can.fallback?.status().active === true);
    const cleared = recordSharded(cache, 'cleared');
    expect(await cache.clear()).toBe(30);
    expect(cleared[0]?.shards).toMatchObject({
      s0: { removed: 10, status: 'applied' },
      [LOST]: { removed: 0, status: 'journaled' },
    });
    await lost.restart();
    expect((await valuesAt(lost)).length).toBeGreaterThan(10);
    await eventually(async () => (await valuesAt(lost)).join(' ') === 'foreign', 10_000);
    for (const server of servers) expect(await valuesAt(server)).toEqual(['foreign']);
    expect((await cache.getMany(keys)).every((value) => value === undefined)).toBe(true);
  });

  test('rejects clear() without a fallback, names the shard, and clears the others', async () => {
    const cache = await connected({ keyPrefix: 'p:', fallback: false });
    await filled(cache);
    await lost.kill();
    await eventually(() => cache.status()[LOST]?.state !== 'up');
    expect(await failure(cache.clear())).toMatchObject({ name: 'PartialResultError', context: { shards: LOST } });
    for (const server of servers.filter((each) => each !== lost)) expect(await valuesAt(server)).toEqual([]);
  });

  test('flushes and invalidates tags of a CacheService when it returns', async () => {
    const cache = new CacheService(await connected({}), { ttl: '1h' });
    const sharded = cache.store as ShardedCache;
    const keys = [...keysByShard(sharded, 40).values()].flat();
    const onLost = keys.filter((key) => sharded.locate(`cache:${key}`).shard === LOST).slice(0, 3);
    const [tagged = '', flushed = '', other = ''] = onLost;
    await cache.set(tagged, 'old', { tags: ['t'] });
    await cache.set(other, 'kept', { tags: ['u'] });
    await cache.namespace('ns').set(flushed, 'old', { ttl: '1h' });
    await lost.save();
    await lost.kill();
    await eventually(() => sharded.can.fallback?.status().active === true);
    expect(await cache.invalidateTags('t')).toEqual({ status: 'journaled' });
    expect(await cache.namespace('ns').flush()).toMatchObject({ status: 'journaled' });
    await lost.restart();
    await eventually(() => sharded.can.fallback?.status().active === false, 10_000);
    expect(await cache.get(tagged)).toBeUndefined();
    expect(await cache.namespace('ns').get(flushed)).toBeUndefined();
  });
});

describe('a ShardedCache behind proxies', () => {
  let proxies: readonly FaultProxy[];
  let cache: ShardedCache;

  beforeEach(async () => {
    proxies = await Promise.all(servers.map((server) => started.proxy(server)));
    cache = await connected(
      {},
      proxies.map(({ port }) => `redis://127.0.0.1:${port}`),
    );
  });

  test('serves the others while one flaps, and never loses a write of them', async () => {
    const keys = await filled(cache);
    const others = keys.filter((key) => cache.locate(key).shard !== LOST);
    for (let i = 0; i < 6; i++) {
      unreachable(proxies.slice(1, 2));
      await eventually(() => cache.status()[LOST]?.state !== 'up');
      await cache.setMany(keys.map((key) => ({ key, value: i })));
      expect(new Set(await cache.getMany(others))).toEqual(new Set([i]));
      await proxies[1]?.heal();
      if (i % 2 === 0) await eventually(() => cache.status()[LOST]?.state === 'up', 10_000);
    }
    await eventually(() => cache.can.fallback?.status().active === false, 15_000);
    await cache.setMany(keys.map((key) => ({ key, value: 'end' })));
    expect(new Set(await cache.getMany(keys))).toEqual(new Set(['end']));
  });

  test('ends each call at its deadline while the stamp of a shard is not answered', async () => {
    const [, proxy] = proxies;
    proxy?.silence();
    const unchecked = shardsOf(
      started,
      proxies.map(({ port }) => `redis://127.0.0.1:${port}`),
      { onShardDown: 'error' },
    );
    const key = keyOn(unchecked, LOST);
    const limited = unchecked.with({ deadline: '200ms' });
    const script = { name: 'ONE', source: 'return 1', keys: 1, parse: Number };
    const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['get', () => limited.get(key)],
      ['incr', () => limited.incr(key)],
      ['script', () => unchecked.can.scripts?.run(script, [key], [], { deadline: '200ms' }) ?? Promise.resolve()],
      ['aborted', () => unchecked.with({ signal: AbortSignal.timeout(200) }).get(key)],
    ];
    for (const [name, call] of calls) {
      const { value, ms } = await timed(() => codeOf(call()));
      expect([name, value]).toEqual([name, expect.stringMatching(/DEADLINE_EXCEEDED|CONNECTION_FAILED|CIRCUIT_OPEN/)]);
      expect(ms).toBeLessThan(1000);
    }
  });

  test('suspects the local network when all become unreachable from this process', async () => {
    const suspected = recordSharded(cache, 'local-network-suspected');
    const elsewhere = await connected({});
    const otherSuspected = recordSharded(elsewhere, 'local-network-suspected');
    unreachable(proxies);
    await eventually(() => suspected.length > 0);
    expect(suspected[0]?.shards.length).toBeGreaterThan(2);
    await elsewhere.set(keyOn(elsewhere, 's0'), 1);
    expect(otherSuspected).toEqual([]);
    for (const proxy of proxies) await proxy.heal();
    await eventually(async () => (await codeOf(cache.incr('n'))) === 'ok', 10_000);
  });
});
