import { describe, expect, test, vi } from 'vitest';
import { unavailableStore, setUp } from '../../../test/support/cache.js';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { CacheService } from './cache.service.js';

describe('while the store is unavailable', () => {
  test('reads miss, loads run, writes are skipped and counted, and nothing rejects', async () => {
    const cache = new CacheService(unavailableStore());
    const errors: string[] = [];
    cache.on('error', ({ operation, error }) => errors.push(`${operation} ${error.code}`));
    await cache.connect();
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await cache.set('k', 1);
    await cache.setMany([{ key: 'k', value: 1 }]);
    expect(await cache.delete('k')).toBe(false);
    expect(await cache.deleteMany(['k', 'l'])).toBe(0);
    expect(await cache.inspect('k')).toMatchObject({ tier: 'none', state: 'absent' });
    expect(cache.stats()).toMatchObject({ skippedWrites: 6, misses: 4, loads: 1, errors: { CONNECTION_FAILED: 8 } });
    expect(errors).toContain('getOrSet CONNECTION_FAILED');
  });

  test('each change that was not applied is emitted with skipped, also on the outer namespaces', async () => {
    const cache = new CacheService(unavailableStore());
    const events: string[] = [];
    cache.on('error', ({ operation, skipped }) => events.push(`${operation} ${skipped}`));
    const inner = cache.namespace('inner');
    await inner.get('k');
    await inner.set('k', 1);
    await inner.setMany([{ key: 'k', value: 1 }]);
    await inner.delete('k');
    await inner.deleteMany(['k', 'l']);
    expect(events).toEqual(['get undefined', 'set write', 'setMany write', 'delete removal', 'deleteMany removal']);
  });

  test('callers still share one load', async () => {
    const cache = new CacheService(unavailableStore('DEADLINE_EXCEEDED'));
    const loader = vi.fn(async () => 'v');
    await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('k', loader)));
    expect(loader).toHaveBeenCalledTimes(1);
  });

  test('methods without a fallback reject with the error of the store', async () => {
    const cache = new CacheService(unavailableStore());
    const calls = [
      () => cache.has('k'),
      () => cache.ttl('k'),
      () => cache.incr('k'),
      () => cache.hget('k', 'f'),
      () => cache.hset('k', 'f', 1),
      () => cache.hgetall('k'),
      () => cache.hdel('k', 'f'),
      () => cache.expire('k', 1),
      () => cache.flush(),
      () => cache.clear(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  });

  test('invalid arguments are still refused', async () => {
    const cache = new CacheService(unavailableStore());
    await expect(cache.get('')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(cache.set('k', 1, -1)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('the cache works again when the store is back', async () => {
    const store = unavailableStore();
    const cache = new CacheService(store);
    await cache.set('k', 1);
    store.back = true;
    await cache.set('k', 2);
    expect(await cache.get('k')).toBe(2);
  });
});

describe('namespaces', () => {
  test('have separate keys, nest, and are the same for the same name', async () => {
    const { cache, store } = setUp();
    const eu = cache.namespace('users').namespace('eu');
    await cache.set('k', 'root');
    await cache.namespace('users').set('k', 'users');
    await eu.set('k', 'eu');
    expect(await store.getMany(['cache:k', 'cache:users::k', 'cache:users::eu::k'])).toEqual(['root', 'users', 'eu']);
    await cache.namespace('users').get('k');
    expect(cache.namespace('users').stats().hits.redis).toBe(1);
  });

  test('flush removes the keys of the namespace and those inside it, and returns how many', async () => {
    const { cache, store } = setUp();
    const users = cache.namespace('users');
    await store.set('elsewhere', 1);
    await cache.set('k', 1);
    await users.setMany(Array.from({ length: 1200 }, (_, i) => ({ key: `k${i}`, value: i })));
    await users.namespace('eu').set('k', 1);
    await users.hset('hash', 'f', 1);
    expect(await users.flush()).toEqual({ status: 'applied', removed: 1202 });
    expect(await cache.get('k')).toBe(1);
    expect(await store.get('elsewhere')).toBe(1);
  });

  test('inherit the options that they do not set', async () => {
    const { cache } = setUp({ ttl: '1h' });
    const [same, other] = [cache.namespace('same'), cache.namespace('other', { ttl: '10s' })];
    await same.set('k', 1);
    await other.set('k', 1);
    expect(await same.ttl('k')).toBeCloseTo(3600, 0);
    expect(await other.ttl('k')).toBeCloseTo(10, 0);
  });

  test('refuse names that could collide', () => {
    const { cache } = setUp();
    for (const name of ['', 'a:b', 'a b', 'ä', 'x'.repeat(65), 5]) {
      expect(() => cache.namespace(name as string)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
    expect(() => new CacheService(new MemoryAdapter(), { namespace: 'a:b' })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });
});

describe('CacheService', () => {
  test('set accepts a ttl as a duration or in options; the default is five minutes, null never expires', async () => {
    const { cache } = setUp();
    await cache.set('a', 1);
    await cache.set('b', 1, '1h');
    await cache.set('c', 1, { ttl: null });
    await cache.setMany([{ key: 'd', value: 1, ttl: 10 }]);
    expect(await cache.ttl('a')).toBeCloseTo(300, 0);
    expect(await cache.ttl('b')).toBeCloseTo(3600, 0);
    expect(await cache.ttl('c')).toBeNull();
    expect(await cache.ttl('d')).toBeCloseTo(10, 0);
  });

  test('inspect explains what a read would find', async () => {
    const { cache } = setUp();
    await cache.set('k', 1, '1h');
    await cache.hset('h', 'f', 1);
    expect(await cache.inspect('k')).toMatchObject({
      tier: 'memory',
      state: 'fresh',
      why: expect.stringContaining('fresh for another'),
    });
    expect(await cache.inspect('h')).toMatchObject({ state: 'absent', why: expect.stringContaining('holds a hash') });
    expect(await cache.inspect('x')).toMatchObject({ tier: 'none', state: 'absent', ttlMs: undefined });
  });

  test('emits hits, misses and loads until the handler is unsubscribed', async () => {
    const { cache } = setUp();
    const events: string[] = [];
    const stop = cache.on('miss', ({ key }) => events.push(`miss ${key}`));
    cache.on('hit', ({ key, layer }) => events.push(`hit ${key} ${layer}`));
    cache.on('load', ({ key, outcome }) => events.push(`load ${key} ${outcome}`));
    await cache.getOrSet('k', () => 1);
    await cache.get('k');
    stop();
    await cache.get('x');
    expect(events).toEqual(['miss k', 'load k ok', 'hit k memory']);
  });

  test('disconnect aborts running loads', async () => {
    const { cache } = setUp();
    let signal: AbortSignal | undefined;
    const loading = cache.getOrSet('k', (ctx) => ((signal = ctx.signal), new Promise(() => {})));
    await vi.waitFor(() => expect(signal).toBeDefined());
    await cache.disconnect();
    await expect(loading).rejects.toMatchObject({ code: 'CLOSED' });
    expect(signal?.aborted).toBe(true);
  });

  test('refuses unknown options, and options of the store if a store is passed', () => {
    for (const options of [
      { tll: 5 },
      { near: 'yes' },
      { near: null },
      { near: { size: 1 } },
      { keyPrefix: 'a:' },
      { ttl: 0 },
      null,
    ]) {
      expect(() => new CacheService(new MemoryAdapter(), options as never)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      );
    }
  });

  test('reports short-lived near copies to a handler that is subscribed after the constructor', async () => {
    const store = new MemoryAdapter();
    Object.defineProperty(store, 'can', { value: undefined });
    const events: unknown[] = [];
    new CacheService(store, { near: true }).on('untracked', (event) => events.push(event));
    await vi.waitFor(() => expect(events).toEqual([{ code: undefined }]));
  });

  test('works on a custom store without capabilities', async () => {
    const plain = new MemoryAdapter();
    Object.defineProperty(plain, 'can', { value: undefined });
    Object.defineProperty(plain, 'clear', { value: vi.fn(async () => 3) });
    const cache = new CacheService(plain);
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    expect(await cache.flush()).toEqual({ status: 'applied', removed: 3 });
    expect(() => cache.with({ deadline: 1 })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
