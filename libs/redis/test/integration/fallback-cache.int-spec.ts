import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, FallbackCache, type RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { isDown, recovered } from '../support/fallback.js';
import { codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let adapter: RedisAdapter;
let cache: CacheService;
let other: CacheService;

function cacheOn(adapterOfCache: RedisAdapter): CacheService {
  const created = new CacheService(adapterOfCache);
  started.undo(() => created.disconnect());
  return created;
}

beforeEach(async () => {
  server = await started.server();
  adapter = started.adapter(server.url);
  cache = cacheOn(adapter);
  other = cacheOn(started.adapter(server.url));
  await Promise.all([cache.connect(), other.connect()]);
});

describe('a cache whose Redis is killed', () => {
  test('returns the values that it has read, and misses the others', async () => {
    await cache.set('read', { a: 1 });
    await cache.set('unread', { b: 2 });
    await cache.getOrSet('loaded', () => ['c'], { staleIfError: '1m' });
    for (let i = 0; i < 2; i++) await cache.getMany(['read', 'loaded']);
    // The second read asks for the expiry of the plain value. This reply follows that one.
    await cache.ttl('read');
    await server.kill();
    await eventually(async () => (await cache.get('unread')) === undefined);
    await eventually(async () => JSON.stringify(await cache.getMany(['read', 'loaded'])) === '[{"a":1},["c"]]');
    expect(await cache.inspect('read')).toMatchObject({ tier: 'fallback', state: 'fresh' });
    expect(await cache.getOrSet('loaded', () => ['d'])).toEqual(['c']);
    expect(await cache.getOrSet('new', () => 'n')).toBe('n');
    expect(await cache.getOrSet('new', () => 'm')).toBe('n');
    expect(cache.stats().hits.fallback).toBeGreaterThan(2);
  });

  test('accepts deletes, which no process finds again when Redis is back', async () => {
    for (const key of ['a', 'b']) await cache.set(key, 'old', '1h');
    await server.save();
    await cache.getMany(['a', 'b']);
    await server.kill();
    await eventually(() => isDown(cache));
    expect(await cache.invalidate('a')).toEqual({ status: 'journaled' });
    expect([await cache.delete('b'), await cache.get('a'), await cache.get('b')]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    await cache.set('c', 'outage');
    expect(await cache.get('c')).toBe('outage');
    await server.restart();
    await recovered(cache);
    await recovered(other);
    expect(await other.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
    await cache.set('a', 'new');
    expect(await other.get('a')).toBe('new');
  });

  test('refuses what it cannot answer', async () => {
    await cache.incr('n');
    await server.kill();
    await eventually(() => isDown(cache));
    const calls = [cache.incr('n'), cache.hset('h', 'f', 1), cache.hget('h', 'f'), cache.hdel('h', 'f')];
    const more = [cache.hgetall('h'), cache.expire('n', 5), cache.has('n'), cache.ttl('n')];
    expect(new Set(await Promise.all([...calls, ...more].map(codeOf)))).toEqual(new Set(['UNSUPPORTED_WHILE_DOWN']));
  });
});

describe('a cache whose Redis restarts with an old snapshot', () => {
  test('returns nothing that was deleted after the snapshot, but keeps counters and hashes', async () => {
    await cache.set('k', 'old', '1h');
    await cache.incr('n', 5);
    await cache.hset('h', 'f', 1);
    await server.save();
    await cache.delete('k');
    await server.kill();
    await eventually(() => isDown(cache));
    await server.restart();
    await recovered(cache);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.hget('h', 'f')).toBe(1);
    await eventually(async () => (await cache.get('n')) === 5);
  });
});

describe('a cache that starts without Redis', () => {
  test('loads a key once, keeps the value in memory, and uses Redis as soon as it is there', async () => {
    await server.kill();
    const late = cacheOn(started.adapter(server.url));
    expect([await late.getOrSet('k', () => 1), await late.getOrSet('k', () => 2)]).toEqual([1, 1]);
    expect(await late.get('k')).toBe(1);
    await server.restart();
    await recovered(late);
    await recovered(other);
    expect([await late.get('k'), await late.getOrSet('k', () => 3), await other.get('k')]).toEqual([undefined, 3, 3]);
  });
});

describe('FallbackCache over an adapter', () => {
  test('answers values by the methods of a store', async () => {
    const store = new FallbackCache(adapter, { maxStale: '1h' });
    started.undo(() => store.disconnect());
    await store.connect();
    await store.set('plain', 'v', 3600);
    await store.get('plain');
    await store.get('plain');
    await eventually(async () => ((await store.ttl('plain')) ?? 0) > 0);
    await server.kill();
    await eventually(() => store.status().active);
    expect(await store.get('plain')).toBe('v');
    expect(await store.ttl('plain')).toBeGreaterThan(3000);
    expect(await store.delete('plain')).toBe(false);
    expect(await store.get('plain')).toBeUndefined();
  });
});

describe('FallbackCache over an adapter with an empty key prefix', () => {
  /** Resolves when the store has no outage and no journal. */
  const ended = (store: FallbackCache): Promise<void> =>
    eventually(() => !store.status().active && store.status().journal === 0, 10_000);

  test.each([
    ['applies a clear() that was permitted for the whole database', true],
    ['ends the outage without a clear() that no caller permitted, if the journal was full', false],
  ])('%s', async (_, isPermitted) => {
    const store = new FallbackCache(adapter, { journalLimit: 1 });
    started.undo(() => store.disconnect());
    await store.connect();
    await store.set('kept', 'v');
    await server.save();
    await server.kill();
    await eventually(() => store.status().active);
    if (isPermitted) await store.clear({ wholeDatabase: true });
    else await store.deleteMany(['a', 'b', 'c']);
    await server.restart();
    await ended(store);
    expect(await server.command('EXISTS', 'kept')).toBe(isPermitted ? 0 : 1);
  });
});
