import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService, FallbackOptions } from '../../src/index.js';
import { connectedCache, down, recovered } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let proxy: FaultProxy;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
});

function cacheWith(fallback: FallbackOptions): Promise<CacheService> {
  return connectedCache(started, proxy.url, { fallback });
}

async function disconnect(cache: CacheService): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await down(cache);
}

/** Reads a plain value twice, so that its expiry is known: the copy can be used once it is. */
async function copyPlain(cache: CacheService, key: string): Promise<void> {
  for (let i = 0; i < 2; i++) await cache.get(key);
  // The reply to a later command on the same connection follows the reply with the expiry.
  await cache.ttl(key);
}

describe('the copy of a value while Redis is unavailable', () => {
  test('is not used once it is older than maxStale', async () => {
    const cache = await cacheWith({ maxStale: '1s' });
    await cache.getOrSet('entry', () => 'value', { ttl: '1h' });
    await cache.get('entry');
    await disconnect(cache);
    await eventually(async () => (await cache.get('entry')) === undefined);
    expect(await cache.inspect('entry')).toMatchObject({ state: 'absent' });
    expect(await cache.getOrSet('entry', () => 'loaded')).toBe('loaded');
  });

  test('is used within maxStale', async () => {
    const cache = await cacheWith({ maxStale: '1h' });
    await cache.set('plain', 'value', '1h');
    await copyPlain(cache, 'plain');
    await cache.getOrSet('entry', () => ({ a: 1 }), { ttl: '1h' });
    await cache.get('entry');
    await disconnect(cache);
    expect(await cache.getMany(['plain', 'entry'])).toEqual(['value', { a: 1 }]);
    expect(await cache.inspect('entry')).toMatchObject({ tier: 'fallback', state: 'fresh' });
  });

  test('of a plain value ends with its time to live', async () => {
    const cache = await cacheWith({ maxStale: '1h' });
    await cache.set('plain', 'value', '2s');
    await copyPlain(cache, 'plain');
    await disconnect(cache);
    await eventually(async () => (await cache.get('plain')) === undefined);
    expect(await server.command('EXISTS', 'cache:plain')).toBe(0);
  });

  test('of a loaded value ends with its time to live', async () => {
    const cache = await cacheWith({ maxStale: '1h' });
    await cache.getOrSet('entry', () => 'value', { ttl: '1s' });
    await cache.get('entry');
    await disconnect(cache);
    await eventually(async () => (await cache.get('entry')) === undefined);
  });

  test('that was written meanwhile lives no longer than maxStale', async () => {
    const cache = await cacheWith({ maxStale: '500ms' });
    await disconnect(cache);
    await cache.set('written', 'value', '1h');
    await eventually(async () => (await cache.get('written')) === undefined);
    await proxy.heal();
    await recovered(cache);
    expect(await server.command('EXISTS', 'cache:written')).toBe(0);
  });

  test('is not used after it was deleted, overwritten, or invalidated by its tag or namespace', async () => {
    const cache = await cacheWith({ maxStale: '1h' });
    const inner = cache.namespace('inner');
    const keys = ['deleted', 'overwritten', 'tagged', 'kept'];
    for (const key of keys) await cache.getOrSet(key, () => 'old', { ttl: '1h', tags: [key] });
    await inner.getOrSet('flushed', () => 'old');
    await Promise.all([cache.getMany(keys), inner.get('flushed')]);
    await disconnect(cache);
    await cache.delete('deleted');
    await cache.set('overwritten', 'new');
    await cache.invalidateTags('tagged');
    await inner.flush();
    expect(await cache.getMany(keys)).toEqual([undefined, 'new', undefined, 'old']);
    expect(await inner.get('flushed')).toBeUndefined();
  });
});
