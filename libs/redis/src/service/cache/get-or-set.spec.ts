import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Removal } from '../../domain/entry-store.js';
import { deferred, entriesOf, setUp } from '../../../test/support/cache.js';
import { CacheService } from './cache.service.js';

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
    const value = deferred<string>();
    const loader = vi.fn(() => value.promise);
    const callers = Array.from({ length: 100 }, () => cache.getOrSet('k', loader));
    await vi.waitFor(() => expect(loader).toHaveBeenCalled());
    callers.push(cache.getOrSet('k', loader));
    value.give('loaded');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['loaded']));
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.stats().coalesced).toBe(100);
  });

  test('a call that joins a second load, because a tag of the first was invalidated, counts once as coalesced', async () => {
    const { cache } = setUp();
    const value = deferred<string>();
    const loads: Promise<string>[] = [value.promise];
    const loader = vi.fn(async () => loads.shift() ?? 'new');
    const call = (): Promise<string> => cache.getOrSet('k', loader, { tags: ['t'] });
    const first = call();
    await vi.waitFor(() => expect(loader).toHaveBeenCalled());
    await cache.invalidateTags('t');
    const later = [call(), call()];
    await vi.waitFor(() => expect(cache.stats().coalesced).toBe(2));
    value.give('old');
    expect([await first, ...(await Promise.all(later))]).toEqual(['old', 'new', 'new']);
    expect(cache.stats()).toMatchObject({ loads: 2, coalesced: 2 });
  });

  test('a hundred callers share one rejection, and the next one loads again', async () => {
    const { cache } = setUp();
    const boom = new Error('the database is unavailable');
    const loader = vi.fn(async () => Promise.reject(boom));
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => cache.getOrSet('k', loader)));
    expect(results.every((result) => result.status === 'rejected' && result.reason === boom)).toBe(true);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(await cache.getOrSet('k', () => 'better')).toBe('better');
  });

  test('callers get the error of the loader, also if the lease cannot be ended because the store was closed', async () => {
    const { cache, store } = setUp();
    vi.spyOn(entriesOf(store), 'release').mockRejectedValue(
      new RedisInfraError('CLOSED', 'the store was disconnected'),
    );
    const boom = new Error('the database is unavailable');
    await expect(cache.getOrSet('k', async () => Promise.reject(boom))).rejects.toBe(boom);
    expect(await cache.getOrSet('skipped', (ctx) => (ctx.skip(), 'v'))).toBe('v');
  });

  test('a loader that throws synchronously rejects and leaves no running load', async () => {
    const { cache } = setUp();
    const loader = (): never => {
      throw new TypeError('at once');
    };
    await expect(cache.getOrSet('k', loader)).rejects.toThrow('at once');
    expect(await cache.getOrSet('k', () => 1)).toBe(1);
  });

  test('a loader may return its value without a promise', async () => {
    expect(await setUp().cache.getOrSet('k', () => 5)).toBe(5);
  });

  test('undefined is returned and not stored; null is stored', async () => {
    const { cache } = setUp();
    expect(await cache.getOrSet('nothing', () => undefined)).toBeUndefined();
    expect(await cache.has('nothing')).toBe(false);
    expect(await cache.getOrSet('null', () => null)).toBeNull();
    expect(await cache.getOrSet('null', () => 'not called')).toBeNull();
    expect(cache.stats().negative).toBe(1);
  });

  test('skip() returns the value and does not store it; ttl() sets its time', async () => {
    const { cache } = setUp({ jitter: 0 });
    expect(await cache.getOrSet('skipped', (ctx) => (ctx.skip(), 'v'))).toBe('v');
    expect(await cache.has('skipped')).toBe(false);
    await cache.getOrSet('timed', (ctx) => (ctx.ttl('2h'), 'v'));
    expect(await cache.ttl('timed')).toBeCloseTo(7200, 0);
  });

  test('ttl, negativeTtl and jitter determine how long a loaded value lives', async () => {
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
    const late = deferred<string>();
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

  test('rejects invalid options immediately and does not load', async () => {
    const { cache } = setUp();
    const loader = vi.fn();
    for (const options of [
      { ttl: -1 },
      { ttl: 'soon' },
      { jitter: 2 },
      { loadTimeout: 0 },
      { tll: 5 },
      { staleIfError: null },
      { tags: ['ä'.repeat(129)] },
      { negativeTtl: '0s' },
    ]) {
      await expect(cache.getOrSet('k', loader, options as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    }
    for (const key of ['', 5, null, '\uD800'])
      await expect(cache.getOrSet(key as string, loader)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(loader).not.toHaveBeenCalled();
  });
});

describe('getOrSet with a key that is too long for the store', () => {
  const tooLong: readonly (readonly [string, string])[] = [
    ['longer than 1 KiB', 'k'.repeat(2000)],
    ['longer than 1 KiB in UTF-8 only', 'ä'.repeat(600)],
    ['longer than 1 KiB with its namespace', 'k'.repeat(1024)],
  ];

  for (const [what, key] of tooLong) {
    test(`that is ${what} loads the value, stores nothing and counts that`, async () => {
      const { cache, store } = setUp();
      const errors: unknown[] = [];
      cache.on('error', ({ operation, error }) => errors.push([operation, error.code]));
      const loader = vi.fn(async () => 'loaded');
      expect(await cache.getOrSet(key, loader)).toBe('loaded');
      expect(await cache.getOrSet(key, loader)).toBe('loaded');
      expect(loader).toHaveBeenCalledTimes(2);
      expect(cache.stats()).toMatchObject({ loads: 2, skippedWrites: 2, misses: 2, errors: { KEY_INVALID: 2 } });
      expect(errors).toEqual([
        ['getOrSet', 'KEY_INVALID'],
        ['getOrSet', 'KEY_INVALID'],
      ]);
      const keys: string[] = [];
      for await (const batch of store.can.keys?.scan({ prefix: 'cache:' }) ?? []) keys.push(...batch.keys);
      expect(keys).toEqual([]);
    });
  }

  test('shares one load among its callers', async () => {
    const { cache } = setUp();
    const value = deferred<string>();
    const loader = vi.fn(() => value.promise);
    const callers = Array.from({ length: 10 }, () => cache.getOrSet('k'.repeat(2000), loader));
    await vi.waitFor(() => expect(loader).toHaveBeenCalled());
    value.give('loaded');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['loaded']));
    expect(loader).toHaveBeenCalledTimes(1);
  });

  test('passes on the errors of its loader', async () => {
    const { cache } = setUp();
    const loader = async (): Promise<never> => Promise.reject(new Error('the database is unavailable'));
    await expect(cache.getOrSet('k'.repeat(2000), loader)).rejects.toThrow('the database is unavailable');
  });

  test('loads also if the store is another cache', async () => {
    const { cache } = setUp();
    expect(await new CacheService(cache).getOrSet('k'.repeat(1015), () => 'loaded')).toBe('loaded');
  });

  test('does not affect other calls, which reject the key', async () => {
    const { cache } = setUp();
    const key = 'k'.repeat(2000);
    for (const call of [cache.get(key), cache.set(key, 1), cache.delete(key), cache.has(key)])
      await expect(call).rejects.toMatchObject({ code: 'KEY_INVALID' });
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
      const old = deferred<string>();
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

  test('callers after a delete start a new load', async () => {
    const { cache } = setUp();
    const old = deferred<string>();
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
    const acknowledged = deferred<Removal>();
    vi.spyOn(entriesOf(store), 'remove').mockImplementationOnce(() => acknowledged.promise);
    const deleting = cache.delete('k');
    const value = deferred<string>();
    const loading = cache.getOrSet('k', () => value.promise);
    await vi.waitFor(() => expect(cache.stats().loads).toBe(1));
    acknowledged.give({ removed: 1, status: 'applied' });
    await deleting;
    value.give('read before the acknowledgement');
    await loading;
    expect(await cache.get('k')).toBeUndefined();
  });

  test('a delete after the value was stored, before the store has replied, removes it', async () => {
    const { cache, store } = setUp();
    const replied = deferred<void>();
    const entries = entriesOf(store);
    const publish = entries.publish.bind(entries);
    const spy = vi.spyOn(entries, 'publish').mockImplementationOnce(async (...args) => {
      const stored = await publish(...args);
      await replied.promise;
      return stored;
    });
    const loading = cache.getOrSet('k', () => 'v');
    await vi.waitFor(() => expect(spy).toHaveBeenCalled());
    const deleting = cache.delete('k');
    replied.give();
    await Promise.all([loading, deleting]);
    expect(await cache.get('k')).toBeUndefined();
  });

  test('a load of another namespace is not fenced by a flush', async () => {
    const { cache } = setUp();
    const [users, cities] = [cache.namespace('users'), cache.namespace('cities')];
    const value = deferred<string>();
    const loading = users.getOrSet('k', () => value.promise);
    await vi.waitFor(() => expect(users.stats().loads).toBe(1));
    await cities.flush();
    value.give('stored');
    await loading;
    expect(await users.get('k')).toBe('stored');
  });
});
