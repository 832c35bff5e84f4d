import { describe, expect, test } from 'vitest';
import { CacheService, RedisAdapter } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { parseExposition } from '../support/exposition.js';
import { scrapedApp } from '../support/scraped-app.js';
import { codeOf, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const apps = bootedApps();
const cache = 'cache';

const fails = (): never => {
  throw new Error('the loader failed');
};

describe('the metrics of a cache', () => {
  test('count each key that was read by its result and its layer', async () => {
    const server = await started.server();
    const near = { cache: { near: true } };
    const { app, registry, read } = await scrapedApp(apps, { connection: server.url, ...near, ...LONG_DEADLINE });
    const service = app.get(CacheService);
    const requests = (result: string, layer: string): Promise<number | undefined> =>
      read('redis_cache_requests_total', { cache, result, layer });
    await service.get('absent');
    await service.getOrSet('none', () => null);
    await service.getOrSet('city', () => 'Bern');
    await service.set('old', 1, { ttl: '1ms', staleWhileRevalidate: '1m' });
    await eventually(async () => (await service.inspect('old')).state === 'stale');
    expect(await service.getOrSet('old', () => 2, { staleWhileRevalidate: '1m' })).toBe(1);
    // Copies are used when the feed of the server is up to date.
    for (const key of ['city', 'none'])
      await eventually(async () => {
        await service.get(key);
        return (await requests(key === 'city' ? 'hit' : 'negative', 'near')) !== 0;
      });
    expect(await requests('miss', 'none')).toBe(3);
    expect(await requests('hit', 'redis')).toBeGreaterThanOrEqual(1);
    expect(await requests('negative', 'redis')).toBeGreaterThanOrEqual(1);
    expect(await requests('stale', 'redis')).toBe(1);
    expect(await requests('error', 'none')).toBe(0);
    const { hits, misses, near: copies } = service.stats();
    const all = parseExposition(await registry.metrics()).get('redis_cache_requests_total')?.samples ?? [];
    expect(all.reduce((sum, { value }) => sum + value, 0)).toBe(hits.near + hits.redis + misses);
    expect(await read('redis_cache_near_entries', { cache })).toBe(copies.entries);
    expect(await read('redis_cache_near_bytes', { cache })).toBe(copies.bytes);
  });

  test('count the evictions of near copies by the limit that was reached', async () => {
    const server = await started.server();
    const near = { maxEntries: 2, maxBytes: 4096 };
    const { app, read } = await scrapedApp(apps, { connection: server.url, cache: { near }, ...LONG_DEADLINE });
    const service = app.get(CacheService);
    const evictions = async (reason: string): Promise<number> =>
      (await read('redis_cache_near_evictions_total', { cache, reason })) ?? NaN;
    for (const key of ['a', 'b', 'c']) await service.set(key, key);
    for (const key of ['large', 'larger']) await service.set(key, 'x'.repeat(1200));
    await eventually(async () => {
      for (const key of ['a', 'b', 'c']) await service.get(key);
      return (await evictions('entries')) > 0;
    });
    await eventually(async () => {
      for (const key of ['large', 'larger']) await service.get(key);
      return (await evictions('bytes')) > 0;
    });
    expect((await evictions('entries')) + (await evictions('bytes'))).toBe(service.stats().near.evictions);
  });

  test('count and time the operations that reached the store by their outcome', async () => {
    const server = await started.server();
    const { app, read } = await scrapedApp(apps, { connection: server.url, fallback: false, ...LONG_DEADLINE });
    const service = app.get(CacheService);
    const calls: Record<string, () => Promise<unknown>> = {
      set: () => service.set('k', 1),
      setMany: () => service.setMany([{ key: 'k', value: 1 }]),
      get: () => service.get('k'),
      getMany: () => service.getMany(['k', 'l']),
      getOrSet: () => service.getOrSet('k', () => 1),
      getOrSetMany: () => service.getOrSetMany(['k'], async () => new Map()),
      has: () => service.has('k'),
      ttl: () => service.ttl('k'),
      expire: () => service.expire('k', '1m'),
      incr: () => service.incr('n'),
      hset: () => service.hset('h', 'f', 1),
      hget: () => service.hget('h', 'f'),
      hgetall: () => service.hgetall('h'),
      hdel: () => service.hdel('h', 'f'),
      delete: () => service.delete('k'),
      deleteMany: () => service.deleteMany(['k']),
      invalidate: () => service.invalidate('k'),
      invalidateTags: () => service.invalidateTags('t'),
      flush: () => service.clear(),
    };
    const count = (operation: string, outcome: string): Promise<number | undefined> =>
      read('redis_cache_operations_total', { cache, operation, outcome });
    for (const [operation, call] of Object.entries(calls)) {
      await call();
      expect([operation, await count(operation, 'ok')]).toEqual([operation, 1]);
      const duration = 'redis_cache_operation_duration_seconds';
      expect([operation, await read(`${duration}_count`, { cache, operation })]).toEqual([operation, 1]);
      expect(await read(`${duration}_sum`, { cache, operation })).toBeGreaterThan(0);
      expect(await read(`${duration}_bucket`, { cache, operation, le: '+Inf' })).toBe(1);
    }
    expect(await codeOf(service.incr('k'))).toBe('ok');
    await service.set('text', 'x');
    expect(await codeOf(service.incr('text'))).toBe('WRONG_TYPE');
    expect(await count('incr', 'error')).toBe(1);
    await server.kill();
    for (const operation of ['get', 'getMany', 'getOrSet', 'set', 'delete']) {
      expect(await codeOf(calls[operation]?.() ?? Promise.reject(new Error(operation)))).toBe('ok');
      expect([operation, await count(operation, 'degraded')]).toEqual([operation, 1]);
    }
    expect(await read('redis_cache_requests_total', { cache, result: 'error', layer: 'none' })).toBe(4);
  });

  test('count and time loads by their outcome, and the calls that shared one', async () => {
    const server = await started.server();
    const { app, read } = await scrapedApp(apps, { connection: server.url, ...LONG_DEADLINE });
    const service = app.get(CacheService);
    const loads = (outcome: string): Promise<number | undefined> => read('redis_cache_loads_total', { cache, outcome });
    await Promise.all(Array.from({ length: 3 }, () => service.getOrSet('k', async () => 1)));
    await expect(service.getOrSet('failing', fails)).rejects.toThrow('the loader failed');
    const hangs = (): Promise<never> => new Promise(() => {});
    expect(await codeOf(service.getOrSet('hanging', hangs, { loadTimeout: '10ms' }))).toBe('LOAD_TIMEOUT');
    expect([await loads('ok'), await loads('error'), await loads('timeout')]).toEqual([1, 1, 1]);
    expect(await read('redis_cache_load_duration_seconds_count', { cache })).toBe(3);
    expect(await read('redis_cache_load_duration_seconds_sum', { cache })).toBeGreaterThan(0.009);
    expect(await read('redis_cache_coalesced_requests_total', { cache })).toBe(2);
  });

  test('count invalidations by their cause, codec errors by their code, and the sizes of stored values', async () => {
    const server = await started.server();
    const codec = { maxEncodedBytes: 1000 };
    const { app, read } = await scrapedApp(apps, { connection: server.url, codec, ...LONG_DEADLINE });
    const service = app.get(CacheService);
    await service.delete('a');
    await service.deleteMany(['a', 'b']);
    await service.invalidate('a');
    await service.invalidateTags('s', 't');
    await service.flush();
    const causes = ['key', 'tag', 'flush'].map((cause) => read('redis_cache_invalidations_total', { cache, cause }));
    expect(await Promise.all(causes)).toEqual([4, 2, 1]);
    expect(service.stats().invalidations).toBe(7);
    expect(await codeOf(service.set('large', 'x'.repeat(2000)))).toBe('CODEC_TOO_LARGE');
    expect(await codeOf(service.set('function', () => {}))).toBe('CODEC_SERIALIZE');
    await app.get(RedisAdapter).client.set('cache:damaged', Buffer.from([0xc1, 0x52, 1]));
    expect(await service.get('damaged')).toBeUndefined();
    for (const code of ['CODEC_TOO_LARGE', 'CODEC_SERIALIZE', 'CODEC_MALFORMED'])
      expect([code, await read('redis_cache_codec_errors_total', { cache, code })]).toEqual([code, 1]);
    const before = (await read('redis_cache_value_size_bytes_sum', { cache })) ?? NaN;
    await service.set('text', 'x'.repeat(98));
    await service.get('text');
    expect(await read('redis_cache_value_size_bytes_sum', { cache })).toBe(before + 100);
  });

  test('have a series for each namespace, and one for all after the first 50', async () => {
    const { app, read } = await scrapedApp(apps, {});
    const service = app.get(CacheService);
    await service.namespace('users').namespace('names').get('k');
    const misses = { result: 'miss', layer: 'none' };
    expect(await read('redis_cache_requests_total', { cache: 'cache:users:names', ...misses })).toBe(1);
    for (let i = 0; i < 60; i++) await service.namespace(`n${i}`).get('k');
    expect(await read('redis_cache_requests_total', { cache: 'cache:n46', ...misses })).toBe(1);
    expect(await read('redis_cache_requests_total', { cache: 'cache:n47', ...misses })).toBeUndefined();
    expect(await read('redis_cache_requests_total', { cache: 'other', ...misses })).toBe(13);
  });
});
