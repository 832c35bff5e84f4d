import { describe, expect, test, vi } from 'vitest';
import { deferred, setUp } from '../../../test/support/cache.js';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';

type Keys = readonly string[];

function upper(keys: Keys): Map<string, string> {
  return new Map(keys.map((key) => [key, key.toUpperCase()]));
}

describe('getOrSetMany', () => {
  test('reads all keys, loads the missing ones with one call, and keeps the order', async () => {
    const { cache } = setUp();
    await cache.setMany([
      { key: 'b', value: 'cached' },
      { key: 'd', value: null },
    ]);
    const loader = vi.fn(async (keys: Keys) => upper(keys));
    const found = await cache.getOrSetMany(['c', 'b', 'a', 'c', 'd'], loader);
    expect([...found]).toEqual([
      ['c', 'C'],
      ['b', 'cached'],
      ['a', 'A'],
      ['d', null],
    ]);
    expect(loader.mock.calls.map(([keys]) => keys)).toEqual([['c', 'a']]);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['A', 'cached', 'C']);
    expect(cache.stats()).toMatchObject({ loads: 2, misses: 2 });
  });

  test('calls no loader if nothing is missing', async () => {
    const { cache } = setUp();
    const loader = vi.fn(upper);
    expect([...(await cache.getOrSetMany([], loader))]).toEqual([]);
    await cache.set('a', 1);
    expect([...(await cache.getOrSetMany(['a'], loader))]).toEqual([['a', 1]]);
    expect(loader).not.toHaveBeenCalled();
  });

  test('leaves out keys without a value, and keys that failed, and stores the others', async () => {
    const { cache } = setUp();
    const outcomes: string[] = [];
    cache.on('load', ({ key, outcome }) => outcomes.push(`${key} ${outcome}`));
    const found = await cache.getOrSetMany(['a', 'bad', 'none'], async (keys, { fail }) => {
      fail('bad', new Error('the row is damaged'));
      return new Map([['a', keys.length]]);
    });
    expect([...found]).toEqual([['a', 3]]);
    expect(outcomes.sort()).toEqual(['a ok', 'bad error', 'none ok']);
    expect(await cache.getMany(['a', 'bad', 'none'])).toEqual([3, undefined, undefined]);
  });

  test('sets ttl and tags for each key, and skips keys', async () => {
    const { cache } = setUp({ jitter: 0 });
    await cache.getOrSetMany(['a', 'b', 'c'], async (keys, ctx) => {
      ctx.ttl('a', '2h');
      ctx.tag('b', 'x');
      ctx.skip('c');
      return upper(keys);
    });
    expect(await cache.ttl('a')).toBeCloseTo(7200, -1);
    await cache.invalidateTags('x');
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['A', undefined, undefined]);
  });

  test('loads the missing keys with one call also if a stale key is refreshed', async () => {
    const { time, caches } = virtualFleet({ ttl: '10s', staleWhileRevalidate: '1m' });
    const [cache] = caches;
    await cache.set('stale', 'old', {});
    await time.advance(15_000);
    const loader = vi.fn(async (keys: Keys) => upper(keys));
    const found = await cache.getOrSetMany(['stale', 'a', 'b', 'c'], loader);
    expect([...found.values()]).toEqual(['old', 'A', 'B', 'C']);
    await time.advance(1);
    const calls = loader.mock.calls.map(([keys]) => keys.filter((key) => key !== 'stale'));
    expect(calls.filter((keys) => keys.length > 0)).toEqual([['a', 'b', 'c']]);
    expect(await cache.get('stale')).toBe('STALE');
  });

  test('joins loads that are running in this process and in another one', async () => {
    const { time, caches } = virtualFleet();
    const [mine, others] = [deferred<string>(), deferred<string>()];
    const first = caches[0].getOrSet('mine', () => mine.promise);
    const second = caches[1].getOrSet('other', () => others.promise);
    await settled();
    const loader = vi.fn(async (keys: Keys) => upper(keys));
    const call = caches[0].getOrSetMany(['mine', 'other', 'new'], loader);
    await time.advance(10);
    expect(loader.mock.calls.map(([keys]) => keys)).toEqual([['new']]);
    mine.give('of this process');
    others.give('of another process');
    await time.advance(10);
    expect([...(await call).values()]).toEqual(['of this process', 'of another process', 'NEW']);
    await Promise.all([first, second]);
  });

  test('loads a key that it waited for with a further call if the other process stores nothing', async () => {
    const { time, caches } = virtualFleet();
    const other = deferred<string>();
    const failing = caches[1].getOrSet('other', () => other.promise);
    await settled();
    const loader = vi.fn(async (keys: Keys) => upper(keys));
    const call = caches[0].getOrSetMany(['other', 'new'], loader);
    await time.advance(10);
    other.fail(new Error('the database is unavailable'));
    await expect(failing).rejects.toThrow('the database is unavailable');
    await time.advance(10);
    expect([...(await call).values()]).toEqual(['OTHER', 'NEW']);
    expect(loader.mock.calls.map(([keys]) => keys)).toEqual([['new'], ['other']]);
  });

  test('two calls for overlapping keys load each key once', async () => {
    const { cache } = setUp();
    const loaded: string[] = [];
    const loader = async (keys: Keys): Promise<Map<string, string>> => (loaded.push(...keys), upper(keys));
    const results = await Promise.all([
      cache.getOrSetMany(['a', 'b', 'c'], loader),
      cache.getOrSetMany(['b', 'c', 'd'], loader),
    ]);
    expect(results.map((found) => [...found.keys()])).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c', 'd'],
    ]);
    expect(loaded.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('rejects with the error of the loader, and with LOAD_TIMEOUT', async () => {
    const { cache } = setUp();
    const boom = new Error('the database is unavailable');
    await expect(cache.getOrSetMany(['a', 'b'], async () => Promise.reject(boom))).rejects.toBe(boom);
    let signal: AbortSignal | undefined;
    const hanging = (_: Keys, ctx: { signal: AbortSignal }): Promise<never> => {
      ({ signal } = ctx);
      return new Promise(() => {});
    };
    const late = cache.getOrSetMany(['a', 'b'], hanging, { loadTimeout: '20ms' });
    await expect(late).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(signal?.aborted).toBe(true);
  });

  test('uses stale values while it refreshes, and if the loader fails', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    const options = { ttl: '10s', staleWhileRevalidate: '10s', staleIfError: '10s', earlyRefresh: false } as const;
    await cache.getOrSetMany(['a', 'b'], upper, options);
    await time.advance(15_000);
    const loader = vi.fn(async (keys: Keys) => new Map(keys.map((key) => [key, 'new'])));
    expect([...(await cache.getOrSetMany(['a', 'b'], loader, options)).values()]).toEqual(['A', 'B']);
    await time.advance(10);
    expect(await cache.getMany(['a', 'b'])).toEqual(['new', 'new']);
    await time.advance(25_000);
    const failing = async (): Promise<Map<string, string>> => Promise.reject(new Error('the database is unavailable'));
    expect([...(await cache.getOrSetMany(['a', 'b'], failing, options)).values()]).toEqual(['new', 'new']);
  });

  test('refuses bad arguments and results', async () => {
    const { cache } = setUp();
    const bad = { code: 'OPTION_INVALID' };
    await expect(cache.getOrSetMany(['a'], 'loader' as never)).rejects.toMatchObject(bad);
    await expect(cache.getOrSetMany(['a'], (async () => ({ a: 1 })) as never)).rejects.toMatchObject(bad);
    await expect(cache.getOrSetMany(['a'], upper, { tll: 1 } as never)).rejects.toMatchObject(bad);
    await expect(cache.getOrSetMany(['a'], async (_, { skip }) => (skip('x'), upper([])))).rejects.toMatchObject(bad);
    await expect(cache.getOrSetMany(['a', ''], upper)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });
});
