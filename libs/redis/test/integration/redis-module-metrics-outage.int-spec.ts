import { describe, expect, test } from 'vitest';
import { CacheService, RateLimiter, RedisAdapter, ShardedCache } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { scrapedApp } from '../support/scraped-app.js';
import { keysByShard, startServers } from '../support/sharded.js';
import { codeOf, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const apps = bootedApps();
const cache = 'cache';
const client = 'default';

describe('the metrics of a connection', () => {
  test('report an outage of the server, and its end', async () => {
    const server = await started.server();
    const { app, read } = await scrapedApp(apps, { connection: server.url });
    const service = app.get(CacheService);
    const state = (name: string): Promise<number | undefined> =>
      read('redis_breaker_state', { client, circuit: 'read', state: name });
    const transitions = async (to: string): Promise<number> =>
      (await read('redis_breaker_transitions_total', { client, circuit: 'read', to })) ?? NaN;
    await service.getOrSet('k', () => 'v');
    await service.get('k');
    await eventually(async () => (await read('redis_adapter_up', { client })) === 1);
    expect([await state('closed'), await state('open')]).toEqual([1, 0]);
    expect(await read('redis_fallback_active', { cache })).toBe(0);
    expect(await read('redis_fallback_degraded_seconds_total', { cache })).toBe(0);

    await server.kill();
    await eventually(async () => (await read('redis_adapter_up', { client })) === 0);
    await service.delete('j');
    await eventually(async () => {
      await service.get('k');
      return (await state('closed')) === 0;
    });
    expect(await transitions('open')).toBe(1);
    expect(await read('redis_fallback_active', { cache })).toBe(1);
    expect(await read('redis_fallback_journal_entries', { cache })).toBe(1);
    const hits = { cache, result: 'hit', layer: 'fallback' };
    expect(await read('redis_cache_requests_total', hits)).toBeGreaterThan(0);
    expect(await codeOf(app.get(RedisAdapter).get('k'))).toBe('CIRCUIT_OPEN');
    for (const kind of ['CONNECTION_FAILED', 'CIRCUIT_OPEN'])
      expect([kind, (await read('redis_adapter_errors_total', { client, kind })) ?? 0]).toEqual([
        kind,
        expect.toSatisfy((count: number) => count > 0),
      ]);

    await server.restart();
    await eventually(async () => (await read('redis_fallback_active', { cache })) === 0);
    expect([await read('redis_adapter_up', { client }), await state('closed')]).toEqual([1, 1]);
    expect(await transitions('closed')).toBe(1);
    expect(await transitions('half-open')).toBeGreaterThan(0);
    expect(await read('redis_adapter_reconnects_total', { client })).toBeGreaterThan(0);
    expect(await read('redis_fallback_journal_entries', { cache })).toBe(0);
    const degraded = await read('redis_fallback_degraded_seconds_total', { cache });
    expect(degraded).toBeGreaterThan(0);
    expect(await read('redis_fallback_degraded_seconds_total', { cache })).toBe(degraded);
  });

  test('count the commands in flight, those that were sent again, and circuits opened by hand', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const { app, read } = await scrapedApp(apps, { connection: proxy.url, ...LONG_DEADLINE });
    const adapter = app.get(RedisAdapter);
    await adapter.get('warm');
    proxy.dropReply({ to: 'get' });
    await adapter.get('k');
    expect(await read('redis_retries_total', { client })).toBeGreaterThan(0);
    proxy.hold();
    const held = adapter.get('k');
    await eventually(async () => ((await read('redis_adapter_in_flight', { client })) ?? 0) > 0);
    void proxy.heal();
    await held;
    await eventually(async () => (await read('redis_adapter_in_flight', { client })) === 0);
    const end = adapter.isolate();
    const isolated = { client, circuit: 'write' };
    expect(await read('redis_breaker_state', { ...isolated, state: 'isolated' })).toBe(1);
    expect(await read('redis_breaker_transitions_total', { ...isolated, to: 'isolated' })).toBe(1);
    end();
  });
});

describe('the metrics of rate limits', () => {
  const policies = [
    { name: 'api', limit: 2, window: '1h' },
    { name: 'trial', limit: 1, window: '1h', shadow: true },
  ] as const;

  test('count and time decisions by policy, and those without Redis by what decided', async () => {
    const server = await started.server();
    const { app, read } = await scrapedApp(apps, {
      connection: server.url,
      rateLimit: { policies, onError: 'open', deadline: '3s' },
    });
    const limiter = app.get(RateLimiter);
    const decisions = (policy: string, decision: string): Promise<number | undefined> =>
      read('redis_ratelimit_requests_total', { policy, decision });
    await app.get(RedisAdapter).connect();
    for (let i = 0; i < 4; i++) await limiter.consume(['api', 'trial'], 'user:7');
    expect([await decisions('api', 'allowed'), await decisions('api', 'refused')]).toEqual([2, 2]);
    expect(await decisions('trial', 'shadow-refused')).toBeGreaterThan(0);
    // The deny cache knows the last refusal.
    const timed = (await read('redis_ratelimit_check_duration_seconds_count', { policy: 'api' })) ?? NaN;
    expect(timed).toBeGreaterThanOrEqual(3);
    expect(await read('redis_ratelimit_check_duration_seconds_sum', { policy: 'api' })).toBeGreaterThan(0);
    await limiter.peek('api', 'user:7');
    expect(await decisions('api', 'allowed')).toBe(2);
    await server.kill();
    expect(await limiter.consume('api', 'user:8')).toMatchObject({ allowed: true, source: 'open' });
    expect(await decisions('api', 'allowed')).toBe(3);
    expect(await read('redis_ratelimit_errors_total', { policy: 'api', action: 'open' })).toBe(1);
  });

  test('stay bounded, however many policies calls name', async () => {
    const { app, read } = await scrapedApp(apps, {});
    const limiter = app.get(RateLimiter);
    for (let i = 0; i < 60; i++) await limiter.consume({ name: `tenant${i}`, limit: 1, window: '1m' }, 'user:7');
    expect(await read('redis_ratelimit_requests_total', { policy: 'tenant49', decision: 'allowed' })).toBe(1);
    expect(await read('redis_ratelimit_requests_total', { policy: 'other', decision: 'allowed' })).toBe(10);
  });
});

describe('the metrics of shards', () => {
  test('report for each shard whether it is up, its calls and its share of the keys', async () => {
    const servers = await startServers(started, 3);
    const shards = servers.map(({ url }, at) => ({ id: `s${at}`, connection: url, weight: at === 0 ? 2 : 1 }));
    const { app, read } = await scrapedApp(apps, { shards, sharding: { onShardDown: 'error' }, ...LONG_DEADLINE });
    const store = app.get(ShardedCache);
    const service = app.get(CacheService);
    const keys = keysByShard(store, 2, (key) => `cache:${key}`);
    const of = (name: string, at: number, labels = {}): Promise<number | undefined> =>
      read(name, { cache, shard: `s${at}`, ...labels });
    for (const [present = '', absent = ''] of keys.values()) {
      await service.set(present, 1);
      await service.get(present);
      await service.get(absent);
    }
    for (const at of [0, 1, 2]) {
      expect(await of('redis_shard_up', at)).toBe(1);
      expect(await of('redis_shard_operations_total', at, { outcome: 'hit' })).toBe(1);
      expect(await of('redis_shard_operations_total', at, { outcome: 'miss' })).toBe(1);
      expect(await of('redis_shard_operations_total', at, { outcome: 'ok' })).toBeGreaterThan(0);
      expect(await read('redis_adapter_up', { client: `default/s${at}` })).toBe(1);
    }
    const shares = [0, 1, 2].map(async (at) => Math.round(((await of('redis_shard_share_ratio', at)) ?? NaN) * 100));
    expect(await Promise.all(shares)).toEqual([50, 25, 25]);
    await servers[1]?.kill();
    await eventually(async () => (await of('redis_shard_up', 1)) === 0);
    const [known = ''] = keys.get('s1') ?? [];
    await eventually(async () => {
      await service.get(known);
      return ((await of('redis_shard_operations_total', 1, { outcome: 'error' })) ?? 0) > 0;
    });
    expect(await of('redis_shard_up', 0)).toBe(1);
  });

  test('name a shard by its position if its id is its address', async () => {
    const shards = [
      { id: '127.0.0.1:6379/0', connection: 'memory://' },
      { id: 'named', connection: 'memory://' },
    ];
    const { read } = await scrapedApp(apps, { shards });
    expect(await read('redis_shard_up', { cache, shard: 'shard-1' })).toBe(1);
    expect(await read('redis_shard_up', { cache, shard: 'named' })).toBe(1);
  });
});
