import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory/memory.adapter.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore } from '../../domain/cache-store.js';
import { CacheService } from './cache.service.js';
import type { CacheOptions } from './cache-options.js';

/** A value that the test gives when it likes. */
function held<T>(): { promise: Promise<T>; give: (value: T) => void; fail: (error: Error) => void } {
  let give!: (value: T) => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<T>((resolve, reject) => ((give = resolve), (fail = reject)));
  return { promise, give, fail };
}

function setUp(options?: CacheOptions): { cache: CacheService; store: MemoryAdapter } {
  const store = new MemoryAdapter();
  return { cache: new CacheService(store, options), store };
}

/** A store that fails every call as Redis does when it is away, until told otherwise. */
function away(code: 'CONNECTION_FAILED' | 'DEADLINE_EXCEEDED' = 'CONNECTION_FAILED'): CacheStore & { back: boolean } {
  const store = new MemoryAdapter() as unknown as Record<string, unknown>;
  const state = { back: false };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'back') return state.back;
      if (name === 'can' && !state.back) return undefined;
      const member = target[name as string];
      if (typeof member !== 'function' || state.back) return typeof member === 'function' ? member.bind(target) : member;
      return () => Promise.reject(new RedisInfraError(code, 'away'));
    },
    set: (_, __, value: boolean) => ((state.back = value), true),
  }) as unknown as CacheStore & { back: boolean };
}

describe('getOrSet', () => {
  test('loads once, and then reads', async () => {
    const { cache } = setUp();
    const loader = vi.fn(async () => ({ n: 1 }));
    expect(await cache.getOrSet('k', loader)).toEqual({ n: 1 });
    expect(await cache.getOrSet('k', loader)).toEqual({ n: 1 });
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ hits: { redis: 1 }, misses: 1, loads: 1 });
  });

  test('a hundred callers share one load and its value', async () => {
    const { cache } = setUp();
    const value = held<string>();
    const loader = vi.fn(() => value.promise);
    const callers = Array.from({ length: 100 }, () => cache.getOrSet('k', loader));
    await vi.waitFor(() => expect(loader).toHaveBeenCalled());
    callers.push(cache.getOrSet('k', loader));
    value.give('loaded');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['loaded']));
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.stats().coalesced).toBe(100);
  });

  test('a hundred callers share one rejection, and the next one loads again', async () => {
    const { cache } = setUp();
    const boom = new Error('the database is away');
    const loader = vi.fn(async () => Promise.reject(boom));
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => cache.getOrSet('k', loader)));
    expect(results.every((result) => result.status === 'rejected' && result.reason === boom)).toBe(true);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(await cache.getOrSet('k', () => 'better')).toBe('better');
  });

  test('a loader that throws before it returns a promise rejects, and holds nothing', async () => {
    const { cache } = setUp();
    const loader = (): never => {
      throw new TypeError('at once');
    };
    await expect(cache.getOrSet('k', loader)).rejects.toThrow('at once');
    expect(await cache.getOrSet('k', () => 1)).toBe(1);
  });

  test('a loader may give its value without a promise', async () => {
    expect(await setUp().cache.getOrSet('k', () => 5)).toBe(5);
  });

  test('undefined is returned and not stored; null is stored', async () => {
    const { cache } = setUp();
    expect(await cache.getOrSet('nothing', () => undefined)).toBeUndefined();
    expect(await cache.has('nothing')).toBe(false);
    expect(await cache.getOrSet('null', () => null)).toBeNull();
    expect(await cache.getOrSet('null', () => 'not asked')).toBeNull();
    expect(cache.stats().negative).toBe(1);
  });

  test('skip() returns the value and does not store it; ttl() sets its time', async () => {
    const { cache } = setUp({ jitter: 0 });
    expect(await cache.getOrSet('skipped', (ctx) => (ctx.skip(), 'v'))).toBe('v');
    expect(await cache.has('skipped')).toBe(false);
    await cache.getOrSet('timed', (ctx) => (ctx.ttl('2h'), 'v'));
    expect(await cache.ttl('timed')).toBeCloseTo(7200, 0);
  });

  test('ttl, negativeTtl and jitter say how long a loaded value lives', async () => {
    const { cache } = setUp();
    await cache.getOrSet('value', () => 1, { ttl: '1h', jitter: 0.5 });
    await cache.getOrSet('null', () => null, { ttl: '1h', negativeTtl: '10s', jitter: 0 });
    await cache.getOrSet('ever', () => 1, { ttl: null });
    const left = (await cache.ttl('value')) as number;
    expect(left).toBeGreaterThan(1799);
    expect(left).toBeLessThanOrEqual(3600);
    expect(await cache.ttl('null')).toBeCloseTo(10, 0);
    expect(await cache.ttl('ever')).toBeNull();
  });

  test('a load that takes too long is aborted, rejects with LOAD_TIMEOUT, and lets the next one begin', async () => {
    const { cache } = setUp();
    let signal: AbortSignal | undefined;
    const late = held<string>();
    const first = cache.getOrSet('k', (ctx) => ((signal = ctx.signal), late.promise), { loadTimeout: '20ms' });
    await expect(first).rejects.toMatchObject({ code: 'LOAD_TIMEOUT', retryable: true });
    expect(signal?.aborted).toBe(true);
    expect(await cache.getOrSet('k', () => 'second')).toBe('second');
    late.give('late');
    await sleep(5);
    expect(await cache.get('k')).toBe('second');
  });

  test('a loader may use the cache, also for another key', async () => {
    const { cache } = setUp();
    const value = await cache.getOrSet('outer', async () => `${await cache.getOrSet('inner', () => 'in')}side`);
    expect(value).toBe('inside');
  });

  test('refuses bad options at once, and does not load', async () => {
    const { cache } = setUp();
    const loader = vi.fn();
    for (const options of [{ ttl: -1 }, { ttl: 'soon' }, { jitter: 2 }, { loadTimeout: 0 }, { tll: 5 }, { negativeTtl: '0s' }]) {
      await expect(cache.getOrSet('k', loader, options as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    }
    await expect(cache.getOrSet('', loader)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(loader).not.toHaveBeenCalled();
  });
});

describe('a change during a load keeps its result from being stored', () => {
  const changes: readonly (readonly [string, (cache: CacheService) => Promise<unknown>])[] = [
    ['delete', (cache) => cache.delete('k')],
    ['deleteMany', (cache) => cache.deleteMany(['other', 'k'])],
    ['set', (cache) => cache.set('k', 'newer')],
    ['setMany', (cache) => cache.setMany([{ key: 'k', value: 'newer' }])],
    ['incr', (cache) => cache.incr('k')],
    ['hset', (cache) => cache.hset('k', 'f', 1)],
    ['expire', (cache) => cache.expire('k', 5)],
    ['flush', (cache) => cache.flush()],
    ['clear', (cache) => cache.clear()],
  ];
  for (const [name, change] of changes) {
    test(name, async () => {
      const { cache, store } = setUp();
      const old = held<string>();
      const loading = cache.getOrSet('k', () => old.promise);
      await vi.waitFor(() => expect(cache.stats().loads).toBe(1));
      await change(cache);
      const stored = await store.getMany(['cache:k']);
      // Who comes after the change does not get the load from before it.
      const later = cache.namespace('other').getOrSet('k', () => 'unrelated');
      old.give('older');
      expect(await loading).toBe('older');
      expect(await later).toBe('unrelated');
      expect(await store.getMany(['cache:k'])).toEqual(stored);
    });
  }

  test('callers after a delete begin a load of their own', async () => {
    const { cache } = setUp();
    const old = held<string>();
    const loading = cache.getOrSet('k', () => old.promise);
    await vi.waitFor(() => expect(cache.stats().loads).toBe(1));
    await cache.delete('k');
    const fresh = cache.getOrSet('k', () => 'fresh');
    expect(await fresh).toBe('fresh');
    old.give('old');
    expect(await loading).toBe('old');
    expect(await cache.get('k')).toBe('fresh');
  });

  test('a load that begins before the delete is acknowledged is not stored either', async () => {
    const { cache, store } = setUp();
    const acknowledged = held<boolean>();
    vi.spyOn(store, 'delete').mockImplementationOnce(() => acknowledged.promise);
    const deleting = cache.delete('k');
    const value = held<string>();
    const loading = cache.getOrSet('k', () => value.promise);
    await vi.waitFor(() => expect(cache.stats().loads).toBe(1));
    acknowledged.give(true);
    await deleting;
    value.give('read before the acknowledgement');
    await loading;
    expect(await cache.get('k')).toBeUndefined();
  });

  test('a delete while the value is being written comes after it', async () => {
    const { cache, store } = setUp();
    const written = held<void>();
    const set = store.set.bind(store);
    vi.spyOn(store, 'set').mockImplementationOnce(async (...args) => {
      await written.promise;
      return set(...args);
    });
    const loading = cache.getOrSet('k', () => 'v');
    await vi.waitFor(() => expect(store.set).toHaveBeenCalled());
    const deleting = cache.delete('k');
    written.give();
    await Promise.all([loading, deleting]);
    expect(await cache.get('k')).toBeUndefined();
  });

  test('a load of another namespace is not touched by a flush', async () => {
    const { cache } = setUp();
    const [users, cities] = [cache.namespace('users'), cache.namespace('cities')];
    const value = held<string>();
    const loading = users.getOrSet('k', () => value.promise);
    await vi.waitFor(() => expect(users.stats().loads).toBe(1));
    await cities.flush();
    value.give('stored');
    await loading;
    expect(await users.get('k')).toBe('stored');
  });
});

describe('while the store is away', () => {
  test('reads miss, loads run, writes are skipped and counted, and nothing rejects', async () => {
    const cache = new CacheService(away());
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
    expect(cache.stats()).toMatchObject({ skippedWrites: 6, misses: 4, loads: 1, errors: { CONNECTION_FAILED: 9 } });
    expect(errors).toContain('getOrSet CONNECTION_FAILED');
  });

  test('callers still share one load', async () => {
    const cache = new CacheService(away('DEADLINE_EXCEEDED'));
    const loader = vi.fn(async () => 'v');
    await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('k', loader)));
    expect(loader).toHaveBeenCalledTimes(1);
  });

  test('what has no honest answer passes on the error of the store', async () => {
    const cache = new CacheService(away());
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

  test('bad arguments are refused all the same', async () => {
    const cache = new CacheService(away());
    await expect(cache.get('')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(cache.set('k', 1, -1)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('works again when it is back', async () => {
    const store = away();
    const cache = new CacheService(store);
    await cache.set('k', 1);
    store.back = true;
    await cache.set('k', 2);
    expect(await cache.get('k')).toBe(2);
  });
});

describe('namespaces', () => {
  test('keep their keys apart, nest, and are the same however often asked for', async () => {
    const { cache, store } = setUp();
    const eu = cache.namespace('users').namespace('eu');
    await cache.set('k', 'root');
    await cache.namespace('users').set('k', 'users');
    await eu.set('k', 'eu');
    expect(await store.getMany(['cache:k', 'cache:users:k', 'cache:users:eu:k'])).toEqual(['root', 'users', 'eu']);
    await cache.namespace('users').get('k');
    expect(cache.namespace('users').stats().hits.redis).toBe(1);
  });

  test('flush removes its own keys and those inside it, and tells how many', async () => {
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

  test('a key of the outer one that would be one of the inner one is refused', async () => {
    const { cache } = setUp();
    await cache.set('users:1', 'before there was such a namespace');
    cache.namespace('users');
    await expect(cache.get('users:1')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await cache.set('users', 'fine');
    await cache.set('usersx:1', 'fine');
  });

  test('have the options of the outer one where they say none', async () => {
    const { cache } = setUp({ ttl: '1h' });
    const [same, other] = [cache.namespace('same'), cache.namespace('other', { ttl: '10s' })];
    await same.set('k', 1);
    await other.set('k', 1);
    expect(await same.ttl('k')).toBeCloseTo(3600, 0);
    expect(await other.ttl('k')).toBeCloseTo(10, 0);
  });

  test('refuse names that could run into others', () => {
    const { cache } = setUp();
    for (const name of ['', 'a:b', 'a b', 'ä', 'x'.repeat(65), 5]) {
      expect(() => cache.namespace(name as string)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
    expect(() => new CacheService(new MemoryAdapter(), { namespace: 'a:b' })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('CacheService', () => {
  test('set takes a ttl as a duration or in options, five minutes if none, for ever if null', async () => {
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
    expect(await cache.inspect('k')).toMatchObject({ tier: 'memory', state: 'fresh', why: expect.stringContaining('fresh for another') });
    expect(await cache.inspect('h')).toMatchObject({ state: 'absent', why: expect.stringContaining('holds a hash') });
    expect(await cache.inspect('x')).toMatchObject({ tier: 'none', state: 'absent', ttlMs: undefined });
  });

  test('tells hits, misses and loads to those who listen, until they stop', async () => {
    const { cache } = setUp();
    const told: string[] = [];
    const stop = cache.on('miss', ({ key }) => told.push(`miss ${key}`));
    cache.on('hit', ({ key, layer }) => told.push(`hit ${key} ${layer}`));
    cache.on('load', ({ key, outcome }) => told.push(`load ${key} ${outcome}`));
    await cache.getOrSet('k', () => 1);
    await cache.get('k');
    stop();
    await cache.get('x');
    expect(told).toEqual(['miss k', 'load k ok', 'hit k memory']);
  });

  test('disconnect ends running loads', async () => {
    const { cache } = setUp();
    let signal: AbortSignal | undefined;
    const loading = cache.getOrSet('k', (ctx) => ((signal = ctx.signal), new Promise(() => {})));
    await vi.waitFor(() => expect(signal).toBeDefined());
    await cache.disconnect();
    await expect(loading).rejects.toMatchObject({ code: 'CLOSED' });
    expect(signal?.aborted).toBe(true);
  });

  test('refuses options it does not know, and those that belong to the store it was given', () => {
    for (const options of [{ tll: 5 }, { near: true }, { keyPrefix: 'a:' }, { ttl: 0 }, null]) {
      expect(() => new CacheService(new MemoryAdapter(), options as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });

  test('works over a store of the user that offers nothing beyond the port', async () => {
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
