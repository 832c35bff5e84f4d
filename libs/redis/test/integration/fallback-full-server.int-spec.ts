import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { FallbackCache, RedisAdapter, type CacheService } from '../../src/index.js';
import { connectedCache, recordEvents, statusOf } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let cache: CacheService;
let outages: readonly unknown[];

beforeEach(async () => {
  server = await started.server();
  cache = await connectedCache(started, server.url);
  outages = recordEvents(cache, 'degraded');
});

/** Every write needs more memory than the server may use, and it evicts nothing. */
async function fill(): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await server.command('CONFIG', 'SET', 'maxmemory', 1);
}

async function empty(): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory', 0);
}

describe('a full server', () => {
  test('removes the old value instead of storing a new one, without an outage', async () => {
    await cache.setMany(['plain', 'other'].map((key) => ({ key, value: 'old', ttl: '1h' })));
    await cache.set('entry', 'old', { ttl: '1h', tags: ['t'] });
    await fill();
    const errors: unknown[] = [];
    cache.on('error', ({ error }) => void errors.push(error));
    // The first write opens the circuit, which refuses the others.
    for (let i = 0; i < 3; i++) await cache.set('plain', `new ${i}`, '1h');
    await cache.set('entry', 'new', { ttl: '1h', tags: ['t'] });
    expect(await server.command('EXISTS', 'cache:plain', 'cache:entry')).toBe(0);
    expect(await cache.getMany(['plain', 'entry', 'other'])).toEqual([undefined, undefined, 'old']);
    expect({ outages, journal: statusOf(cache).journal }).toEqual({ outages: [], journal: 0 });
    expect(errors).toHaveLength(4);
    expect(cache.stats().skippedWrites).toBe(4);
  });

  test('still answers reads and deletes, and loads run, without an outage', async () => {
    await cache.set('k', 'old', '1h');
    await fill();
    await cache.set('filled', 'new', '1h');
    expect(await cache.getOrSet('loaded', () => 'loaded')).toBe('loaded');
    expect(await cache.get('k')).toBe('old');
    expect(await cache.invalidate('k')).toEqual({ status: 'applied' });
    expect({ outages, ...statusOf(cache) }).toMatchObject({ outages: [], active: false, journal: 0 });
    await empty();
    await eventually(async () => {
      await cache.set('k', 'new', '1h');
      return (await server.command('GET', 'cache:k')) === '"new"';
    });
    expect(outages).toEqual([]);
  });

  test('executes an invalidation of tags, and a flush', async () => {
    await cache.set('tagged', 'old', { ttl: '1h', tags: ['t'] });
    await cache.set('flushed', 'old', { ttl: '1h' });
    await fill();
    expect(await cache.invalidateTags('t')).toMatchObject({ status: 'applied' });
    expect(await cache.get('tagged')).toBeUndefined();
    expect(await cache.flush()).toMatchObject({ status: 'applied' });
    expect(await cache.get('flushed')).toBeUndefined();
    expect(outages).toEqual([]);
  });

  test('does not make the set of a FallbackCache reject', async () => {
    const store = new FallbackCache(new RedisAdapter(server.url, { ...LONG_DEADLINE, keyPrefix: 'app:' }));
    started.undo(() => store.disconnect());
    await store.connect();
    await store.set('k', 'old');
    await fill();
    await store.set('k', 'new');
    await store.setMany([{ key: 'l', value: 'new' }]);
    expect(await store.get('k')).toBeUndefined();
    expect(await server.command('EXISTS', 'app:k')).toBe(0);
    expect(store.status()).toMatchObject({ active: false, journal: 0 });
  });
});
