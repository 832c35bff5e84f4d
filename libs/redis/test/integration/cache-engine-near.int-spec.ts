import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { MAX_UNCONFIRMED_MS } from '../../src/domain/entry-store.js';
import { startRouter } from '../support/connection-router.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
/** In front of the feed only. */
let proxy: FaultProxy;
let cache: CacheService;
let other: CacheService;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  const router = await startRouter({ portOf: (connection) => (connection === 0 ? server.port : proxy.port) });
  started.undo(() => router.stop());
  cache = new CacheService(started.adapter(router.url, LONG_DEADLINE), { near: true });
  other = new CacheService(started.adapter(server.url, LONG_DEADLINE));
  await Promise.all([cache.connect(), other.connect()]);
  await other.set('k', 'old');
  await hasCopy('k', 'old');
});

/** Reads a key until a copy with this value is kept. */
async function hasCopy(key: string, value: unknown): Promise<void> {
  await eventually(async () => (await cache.get(key)) === value && cache.peek(key) === value, 10_000);
}

/** Waits until the copy with the old value is gone. Fails if it is read later than a second after this call. */
async function endsInTime(key: string, old: unknown): Promise<void> {
  const changedMs = performance.now();
  await eventually(() => {
    const readMs = performance.now();
    const isOld = cache.peek(key) === old;
    if (isOld && readMs - changedMs > MAX_UNCONFIRMED_MS) throw new Error('the copy was read later than a second');
    return !isOld;
  });
}

const CHANGES: [string, (key: string) => Promise<unknown>, unknown][] = [
  ['an update', (key) => other.set(key, 'new'), 'new'],
  ['a delete', (key) => other.delete(key), undefined],
];

const FAULTS: [string, () => unknown][] = [
  ['is cut', () => (proxy.refuse(), proxy.cut())],
  ['goes silent', () => proxy.blackHole()],
  ['stops to deliver', () => proxy.hold('replies')],
];

describe.each(FAULTS)('near copies whose feed %s', (_, fault) => {
  test.each(CHANGES)('end within a second after %s, and are kept again after the fault', async (__, change, result) => {
    await fault();
    await change('k');
    await endsInTime('k', 'old');
    expect(await cache.get('k')).toBe(result);
    await proxy.heal();
    await other.set('k', 'newest');
    await endsInTime('k', result ?? 'old');
    await hasCopy('k', 'newest');
  });
});

describe('near copies', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['FLUSHALL', () => server.command('FLUSHALL')],
    ['FLUSHDB', () => server.command('FLUSHDB')],
    ['UNLINK by another client', () => server.command('UNLINK', 'cache:k')],
    ['RENAME by another client', () => server.command('RENAME', 'cache:k', 'elsewhere')],
    [
      'expiry',
      async () => {
        await server.command('PEXPIRE', 'cache:k', '20');
        // The change of the ttl already ends the copy, while the server still has the value.
        await eventually(async () => (await server.command('EXISTS', 'cache:k')) === 0);
      },
    ],
    [
      'eviction',
      async () => {
        await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
        await server.command('CONFIG', 'SET', 'maxmemory', '1');
        await server.command('SET', 'any', '1').catch(() => {});
        await server.command('CONFIG', 'SET', 'maxmemory', '0');
      },
    ],
  ])('end with %s, and the next getOrSet loads', async (_, remove) => {
    await remove();
    await eventually(() => cache.peek('k') === undefined);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await hasCopy('k', 'loaded');
  });

  test('of plain values and entries end with a flush of their own process at once, although its feed is late', async () => {
    await cache.set('entry', 'old', { tags: ['tag'] });
    await hasCopy('entry', 'old');
    proxy.hold('replies');
    await cache.flush();
    expect(await cache.get('unrelated')).toBeUndefined();
    expect([cache.peek('k'), cache.peek('entry')]).toEqual([undefined, undefined]);
  });

  test('end with the invalidation of their tag by their own process at once, although its feed is late', async () => {
    await cache.set('entry', 'old', { tags: ['tag'] });
    await hasCopy('entry', 'old');
    proxy.hold('replies');
    await cache.invalidateTags('tag');
    expect(await cache.get('unrelated')).toBeUndefined();
    expect(cache.peek('entry')).toBeUndefined();
  });

  test('of a flush by another process end within a second, although the feed is late', async () => {
    proxy.hold('replies');
    await other.flush();
    await endsInTime('k', 'old');
  });
});
