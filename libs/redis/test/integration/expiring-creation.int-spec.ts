import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

describe('a counter or hash that CacheService creates, on Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  test('has the ttl of the cache from its creation, with one command', async () => {
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    const cache = new CacheService(adapter, { ttl: '1m' });
    // So that the server has cached the scripts.
    await cache.incr('warm');
    await cache.hset('warm:hash', 'f', 1);
    await server.command('CONFIG', 'RESETSTAT');
    expect(await cache.incr('n', 5)).toBe(5);
    await cache.hset('h', 'f', { n: 1 });
    const stats = String(await server.command('INFO', 'commandstats'));
    expect(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1]).toBe('2');
    expect(await adapter.ttl('cache:n')).toBeGreaterThan(50);
    expect(await adapter.ttl('cache:h')).toBeGreaterThan(50);
    expect(await cache.hget('h', 'f')).toEqual({ n: 1 });
  });

  test('stays without a ttl if RedisAdapter created it', async () => {
    const adapter = started.adapter(server.url, LONG_DEADLINE);
    const cache = new CacheService(adapter);
    await adapter.incr('cache:raw');
    await adapter.hset('cache:raw:hash', 'f', 1);
    await cache.incr('raw');
    await cache.hset('raw:hash', 'g', 1);
    expect([await cache.ttl('raw'), await cache.ttl('raw:hash')]).toEqual([null, null]);
  });

  test('keeps the order of calls on the key, also while a value waits to be sealed', async () => {
    const keys = [{ id: 'a', secret: 'the secret that is used from now on' }];
    const provider = { keys: async () => keys, primary: async () => 'a' };
    const codec = { encryption: { provider, counters: 'plain' as const } };
    const cache = new CacheService(started.adapter(server.url, { ...LONG_DEADLINE, codec }));
    const calls = [cache.hset('order', 'f', 'text'), cache.delete('order'), cache.incr('order'), cache.incr('order')];
    expect((await Promise.all(calls)).slice(1)).toEqual([true, 1, 2]);
    expect(await cache.ttl('order')).toBeGreaterThan(290);
  });
});

describe('a counter or hash that CacheService creates, on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  });
  afterAll(() => cluster.stop());

  test('has the ttl of the cache in every slot', async () => {
    const cache = new CacheService(started.adapter(cluster.url, LONG_DEADLINE));
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    expect(await Promise.all(keys.map((key) => cache.incr(`${key}:n`)))).toEqual(keys.map(() => 1));
    await Promise.all(keys.map((key) => cache.hset(`${key}:h`, 'f', 1)));
    const left = await Promise.all(keys.flatMap((key) => [cache.ttl(`${key}:n`), cache.ttl(`${key}:h`)]));
    for (const ttl of left) expect(ttl).toBeGreaterThan(250);
  });
});
