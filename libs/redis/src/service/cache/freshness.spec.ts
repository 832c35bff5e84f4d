import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';

describe('staleWhileRevalidate', () => {
  const options = { ttl: '10s', staleWhileRevalidate: '20s', earlyRefresh: false } as const;

  test('returns the stale value at once and loads in the background', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    let version = 0;
    const loader = vi.fn(async () => ++version);
    expect(await cache.getOrSet('k', loader, options)).toBe(1);
    await time.advance(10_001);
    expect(await cache.getOrSet('k', loader, options)).toBe(1);
    await time.advance(1);
    expect(loader).toHaveBeenCalledTimes(2);
    expect(await cache.getOrSet('k', loader, options)).toBe(2);
    expect(cache.stats()).toMatchObject({ stale: 1, loads: 2, misses: 1 });
  });

  test('refreshes once, however many callers see the stale value, in two processes', async () => {
    const { time, caches } = virtualFleet();
    const loader = vi.fn(async () => 'v');
    await caches[0].getOrSet('k', loader, options);
    await time.advance(15_000);
    const pending = deferred<string>();
    const slow = vi.fn(() => pending.promise);
    const callers = caches.flatMap((cache) => Array.from({ length: 20 }, () => cache.getOrSet('k', slow, options)));
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['v']));
    pending.give('new');
    await time.advance(1);
    expect(slow).toHaveBeenCalledTimes(1);
    expect(await caches[1].getOrSet('k', slow, options)).toBe('new');
  });

  test('ends after its window: the caller waits for the load', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(30_001);
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('new');
  });

  test('is not seen by get, getMany and has, which have no loader', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    expect([await cache.get('k'), await cache.getMany(['k']), await cache.has('k'), await cache.ttl('k')]).toEqual([
      undefined,
      [undefined],
      false,
      undefined,
    ]);
  });

  test('a refresh whose lease the store does not grant is reported', async () => {
    const { time, caches, store } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    const errors = vi.fn();
    cache.on('error', ({ operation, error }) => errors(operation, error.code));
    const { entries } = store.can;
    if (entries === undefined) throw new TypeError('the store has no entries');
    vi.spyOn(entries, 'acquire').mockRejectedValue(new RedisInfraError('CONNECTION_FAILED', 'unavailable'));
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('old');
    await time.advance(1);
    expect(errors.mock.calls).toEqual([['getOrSet', 'CONNECTION_FAILED']]);
    expect(cache.stats().errors).toEqual({ CONNECTION_FAILED: 1 });
  });

  test('a failed refresh leaves the stale value and rejects no caller', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    const failing = async (): Promise<string> => Promise.reject(new Error('the database is unavailable'));
    expect(await cache.getOrSet('k', failing, options)).toBe('old');
    await time.advance(1);
    expect(cache.stats().loadErrors).toBe(1);
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('old');
  });
});

describe('staleIfError', () => {
  const options = { ttl: '10s', staleIfError: '20s', earlyRefresh: false } as const;
  const failing = async (): Promise<string> => Promise.reject(new Error('the database is unavailable'));

  test('returns the stale value if the load fails, and the new one if it succeeds', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    expect(await cache.getOrSet('k', failing, options)).toBe('old');
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('new');
    expect(cache.stats()).toMatchObject({ stale: 1, loadErrors: 1 });
  });

  test('returns the stale value if the load takes too long', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    const call = cache.getOrSet('k', () => new Promise<string>(() => {}), { ...options, loadTimeout: '1s' });
    await time.advance(1001);
    expect(await call).toBe('old');
  });

  test('after lockTimeout the caller loads by itself, and gets the stale value only if that fails', async () => {
    const { time, caches } = virtualFleet();
    const long = { ...options, staleIfError: '1h', lockTimeout: '1s' } as const;
    await caches[0].getOrSet('k', () => 'old', long);
    await time.advance(15_000);
    const held = deferred<string>();
    const loading = caches[0].getOrSet('k', () => held.promise, long);
    await time.advance(1);
    const own = caches[1].getOrSet('k', () => 'own', long);
    await time.advance(1001);
    expect(await own).toBe('own');
    const failingCall = caches[1].getOrSet('k', failing, long);
    await time.advance(1001);
    expect(await failingCall).toBe('old');
    held.give('new');
    expect(await loading).toBe('new');
  });

  test('ends after its window: the caller gets the error', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(30_001);
    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the database is unavailable');
  });

  test('ends after its window also while the load runs: the caller gets the error', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(29_000);
    const value = deferred<string>();
    const call = cache.getOrSet('k', () => value.promise, options);
    await time.advance(1001);
    value.fail(new Error('the database is unavailable'));
    await expect(call).rejects.toThrow('the database is unavailable');
  });

  test('adds to staleWhileRevalidate, and the key lives for the sum', async () => {
    const { time, caches, store } = virtualFleet();
    const [cache] = caches;
    const both = { ...options, staleWhileRevalidate: '5s' } as const;
    await cache.getOrSet('k', () => 'old', both);
    expect(await store.ttl('cache:k')).toBe(35);
    await time.advance(34_000);
    expect(await cache.getOrSet('k', failing, both)).toBe('old');
    await time.advance(1001);
    expect(await store.has('cache:k')).toBe(false);
  });
});

describe('softTimeout', () => {
  const options = { ttl: '10s', staleIfError: '1m', softTimeout: '200ms', earlyRefresh: false } as const;

  test('returns the stale value after that time, and the load continues and is stored', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    const slow = deferred<string>();
    const call = cache.getOrSet('k', () => slow.promise, options);
    await time.advance(201);
    expect(await call).toBe('old');
    slow.give('new');
    await time.advance(1);
    expect(await cache.get('k')).toBe('new');
  });

  test('returns the stale value after that time also if another process loads', async () => {
    const { time, caches } = virtualFleet();
    await caches[0].getOrSet('k', () => 'old', options);
    await time.advance(15_000);
    const slow = deferred<string>();
    const loading = caches[0].getOrSet('k', () => slow.promise, { ...options, softTimeout: '20s' });
    await time.advance(1);
    const waiting = caches[1].getOrSet('k', () => 'not called', options);
    await time.advance(201);
    expect(await waiting).toBe('old');
    slow.give('new');
    expect(await loading).toBe('new');
  });

  test('does not shorten the wait if there is no stale value', async () => {
    const { time, caches } = virtualFleet();
    const slow = deferred<string>();
    const call = caches[0].getOrSet('k', () => slow.promise, options);
    await time.advance(5000);
    slow.give('loaded');
    expect(await call).toBe('loaded');
  });
});

describe('earlyRefresh', () => {
  test('{ at } loads in the background after that fraction of ttl', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    const loader = vi.fn(async () => 'v');
    const options = { ttl: '10s', earlyRefresh: { at: 0.8 } } as const;
    await cache.getOrSet('k', loader, options);
    await time.advance(7900);
    await cache.getOrSet('k', loader, options);
    await time.advance(1);
    expect(loader).toHaveBeenCalledTimes(1);
    await time.advance(200);
    expect(await cache.getOrSet('k', loader, options)).toBe('v');
    await time.advance(1);
    expect(loader).toHaveBeenCalledTimes(2);
    expect(await cache.ttl('k')).toBeGreaterThan(9);
  });

  test('{ beta } decides at random in the last tenth of ttl, by the time that the load took', async () => {
    const { time, caches } = virtualFleet({}, () => 0.99);
    const [cache] = caches;
    const loader = vi.fn(async () => 'v');
    const slow = async (): Promise<string> => {
      await time.advance(500);
      return 'v';
    };
    const options = { ttl: '10s', earlyRefresh: { beta: 1 } } as const;
    await cache.getOrSet('k', slow, options);
    await time.advance(8900);
    await cache.getOrSet('k', loader, options);
    await time.advance(1);
    expect(loader).not.toHaveBeenCalled();
    await time.advance(200);
    await cache.getOrSet('k', loader, options);
    await time.advance(1);
    expect(loader).toHaveBeenCalledTimes(1);
  });

  test('false never loads a fresh value', async () => {
    const { time, caches } = virtualFleet({}, () => 0.999_999);
    const [cache] = caches;
    const loader = vi.fn(async () => 'v');
    await cache.getOrSet('k', loader, { ttl: '10s', earlyRefresh: false });
    await time.advance(9999);
    await cache.getOrSet('k', loader, { ttl: '10s', earlyRefresh: false });
    await time.advance(1);
    expect(loader).toHaveBeenCalledTimes(1);
  });
});

describe('the loader context', () => {
  test('has the stale value, and sets ttl and tags', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    const options = { ttl: '10s', staleIfError: '1h' } as const;
    const seen: unknown[] = [];
    await cache.getOrSet('k', (ctx) => (seen.push(ctx.stale), ctx.tag('t'), ctx.ttl('5s'), 'old'), options);
    await time.advance(5001);
    await cache.getOrSet('k', (ctx) => (seen.push(ctx.stale), 'new'), options);
    expect(seen).toEqual([undefined, 'old']);
    expect(await cache.get('k')).toBe('new');
  });

  test('refuses bad tags and more than 24', async () => {
    const { caches } = virtualFleet();
    for (const tags of [[''], ['x'.repeat(257)], Array.from({ length: 25 }, (_, i) => `t${i}`)]) {
      const call = caches[0].getOrSet('k', ({ tag }) => tag(...tags));
      await expect(call).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    }
  });
});
