import { describe, expect, test } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';
import { settled } from '../../../test/support/virtual-time.js';

const OPTIONS = { ttl: '10s', staleWhileRevalidate: '20s', earlyRefresh: false } as const;

describe('getOrSetResult', () => {
  test('reports a load to its caller and to those that join it', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    const { promise, give } = deferred<number>();
    const calls = [1, 2].map(() => cache.getOrSetResult('k', () => promise, OPTIONS));
    await settled();
    give(1);
    const loaded = { value: 1, state: 'fresh', source: 'load', ageMs: 0 };
    expect(await Promise.all(calls)).toEqual([loaded, loaded]);
  });

  test('reports a value of another process as fresh, with its age, and then as stale', async () => {
    const { time, caches } = virtualFleet();
    await caches[0].getOrSet('k', () => 1, OPTIONS);
    await time.advance(3000);
    const read = (): Promise<unknown> => caches[1].getOrSetResult('k', () => new Promise(() => {}), OPTIONS);
    expect(await read()).toEqual({ value: 1, state: 'fresh', source: 'store', ageMs: 3000 });
    await time.advance(9000);
    expect(await read()).toEqual({ value: 1, state: 'stale', source: 'store', ageMs: 12_000 });
  });

  test('reports a value as stale after its shorter ttl, whether jitter or the loader shortened it', async () => {
    const { time, caches } = virtualFleet();
    const [cache] = caches;
    await cache.getOrSet('jitter', () => 1, { ...OPTIONS, jitter: 0.5 });
    await cache.getOrSet('loader', ({ ttl }) => (ttl('5s'), 1), OPTIONS);
    await time.advance(7501);
    for (const key of ['jitter', 'loader'])
      expect((await cache.getOrSetResult(key, () => 2, OPTIONS)).state).toBe('stale');
  });

  test('reports the age of a value that is returned because a load failed after a time', async () => {
    const { time, caches } = virtualFleet();
    const options = { ttl: '10s', staleIfError: '1m' } as const;
    await caches[0].getOrSet('k', () => 1, options);
    await time.advance(20_000);
    const { promise, fail } = deferred<number>();
    const call = caches[0].getOrSetResult('k', () => promise, options);
    await time.advance(4000);
    fail(new Error('the database is unavailable'));
    expect(await call).toEqual({ value: 1, state: 'stale', source: 'store', ageMs: 24_000 });
  });

  test('reports a near copy with the age of its value', async () => {
    const { time, caches } = virtualFleet({ near: true, earlyRefresh: false });
    const [cache] = caches;
    await cache.getOrSet('k', () => 1, OPTIONS);
    await time.advance(2000);
    await cache.get('k');
    await time.advance(500);
    expect(await cache.getOrSetResult('k', () => 2, OPTIONS)).toEqual({
      value: 1,
      state: 'fresh',
      source: 'near',
      ageMs: 2500,
    });
  });

  test('knows no age of a plain value', async () => {
    const { caches } = virtualFleet();
    await caches[0].set('k', 1);
    expect((await caches[0].getOrSetResult('k', () => 2)).ageMs).toBeUndefined();
  });
});
