import { describe, expect, test, vi } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { deferred } from '../../../test/support/cache.js';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';
import { CacheService } from './cache.service.js';

const FOREVER = { ttl: '1d', earlyRefresh: false } as const;

describe('invalidateTags', () => {
  test('invalidates every entry with the tag, loaded or set, in every process, and no other', async () => {
    const { caches } = virtualFleet();
    const [cache, other] = caches;
    await cache.getOrSet('a', () => 'a', { ...FOREVER, tags: ['x', 'y'] });
    await cache.set('b', 'b', { tags: ['x'] });
    await cache.setMany([{ key: 'c', value: 'c', tags: ['y'] }]);
    await cache.getOrSet('d', ({ tag }) => (tag('x'), 'd'), FOREVER);
    await cache.set('plain', 'plain');
    expect(await other.invalidateTags('x')).toEqual({ status: 'applied' });
    expect(await cache.getMany(['a', 'b', 'c', 'd', 'plain'])).toEqual([undefined, undefined, 'c', undefined, 'plain']);
    expect(await cache.getOrSet('a', () => 'again', { ...FOREVER, tags: ['x'] })).toBe('again');
    expect(await other.get('a')).toBe('again');
    expect(other.stats().invalidations).toBe(1);
  });

  test('takes several tags, as arguments or as a list', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    for (const tag of ['x', 'y', 'z']) await cache.set(tag, 1, { tags: [tag] });
    await cache.invalidateTags('x', 'y');
    expect(await cache.getMany(['x', 'y', 'z'])).toEqual([undefined, undefined, 1]);
    await cache.invalidateTags(['z']);
    expect(await cache.get('z')).toBeUndefined();
    expect(await cache.invalidateTags()).toEqual({ status: 'applied' });
  });

  test('makes the value of a load that began before invalid, also for a caller that joins it', async () => {
    const { time, caches } = virtualFleet();
    const [cache, other] = caches;
    const old = deferred<string>();
    const options = { ...FOREVER, tags: ['x'] };
    const loading = cache.getOrSet('k', () => old.promise, options);
    await settled();
    await other.invalidateTags('x');
    const loader = vi.fn(async () => 'new');
    const later = cache.getOrSet('k', loader, options);
    await time.advance(10);
    old.give('old');
    expect(await loading).toBe('old');
    expect(await later).toBe('new');
    expect(await other.get('k')).toBe('new');
  });

  test('with keepForErrors keeps the value for a load that fails', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    const options = { ...FOREVER, staleIfError: '1h', tags: ['x'] } as const;
    await cache.getOrSet('k', () => 'old', options);
    await cache.invalidateTags(['x'], { keepForErrors: true });
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.inspect('k')).toMatchObject({ state: 'stale', why: expect.stringContaining('keepForErrors') });
    const failing = async (): Promise<string> => Promise.reject(new Error('the database is unavailable'));
    expect(await cache.getOrSet('k', failing, options)).toBe('old');
    await cache.invalidateTags(['x']);
    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the database is unavailable');
  });

  test('concerns the tags of its own namespace', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    const users = cache.namespace('users');
    await cache.set('k', 'outer', { tags: ['x'] });
    await users.set('k', 'inner', { tags: ['x'] });
    await users.invalidateTags('x');
    expect([await cache.get('k'), await users.get('k')]).toEqual(['outer', undefined]);
  });

  test.each([
    ['tags', [['']]],
    ['tags', [['a', 'x'.repeat(257)]]],
    ['tags', ['not', 5]],
    ['keepForError', [['a'], { keepForError: true }]],
    ['keepForErrors', [['a'], { keepForErrors: 1 }]],
  ])('refuses bad arguments with OPTION_INVALID and the path %s', async (path, args) => {
    const { caches } = virtualFleet();
    const invalidateTags: (...args: never[]) => Promise<unknown> = caches[0].invalidateTags.bind(caches[0]);
    const call = invalidateTags(...(args as never[]));
    await expect(call).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining(path) });
  });
});

describe('tags on a store without entries', () => {
  test('are refused as an option, from a loader, and by invalidateTags', async () => {
    const store = Object.defineProperty(new MemoryAdapter(), 'can', { value: undefined });
    const refused = { code: 'OPTION_INVALID', message: expect.stringContaining('tags: needs a store with entries') };
    expect(() => new CacheService(store, { tags: ['x'] })).toThrow(expect.objectContaining(refused));
    const cache = new CacheService(store);
    await expect(cache.set('k', 1, { tags: ['x'] })).rejects.toMatchObject(refused);
    await expect(cache.getOrSet('k', () => 1, { tags: ['x'] })).rejects.toMatchObject(refused);
    await expect(cache.getOrSet('k', ({ tag }) => tag('x'))).rejects.toMatchObject(refused);
    await expect(cache.invalidateTags('x')).rejects.toMatchObject(refused);
    await expect(cache.invalidateTags()).rejects.toMatchObject(refused);
  });
});

describe('flush', () => {
  test('invalidates a namespace and those inside it, and nothing else', async () => {
    const { caches, store } = virtualFleet();
    const [cache, other] = caches;
    const [users, cities] = [cache.namespace('users'), cache.namespace('cities')];
    for (const space of [cache, users, users.namespace('eu'), cities])
      await space.getOrSet('k', () => 'v', { ...FOREVER, tags: ['t'] });
    await store.set('elsewhere', 1);
    expect(await other.namespace('users').flush()).toEqual({ status: 'applied', removed: 2 });
    expect([
      await cache.get('k'),
      await users.get('k'),
      await users.namespace('eu').get('k'),
      await cities.get('k'),
      await store.get('elsewhere'),
    ]).toEqual(['v', undefined, undefined, 'v', 1]);
    await other.flush();
    expect([await cache.get('k'), await cities.get('k'), await store.get('elsewhere')]).toEqual([
      undefined,
      undefined,
      1,
    ]);
  });

  test('lets no load from before it store a valid value, and no later caller join it', async () => {
    const { time, caches } = virtualFleet();
    const [cache, other] = caches;
    const old = deferred<string>();
    const loading = cache.getOrSet('k', () => old.promise, FOREVER);
    await settled();
    await other.flush();
    const later = cache.getOrSet('k', () => 'new', FOREVER);
    await time.advance(10);
    expect(await later).toBe('new');
    old.give('old');
    expect(await loading).toBe('old');
    expect(await other.get('k')).toBe('new');
  });

  test('treats glob characters in names as text', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    const dotted = cache.namespace('a.c');
    await cache.namespace('abc').set('[k]*?', 1);
    await dotted.set('[k]*?', 1);
    expect(await dotted.flush()).toMatchObject({ removed: 1 });
    expect(await cache.namespace('abc').get('[k]*?')).toBe(1);
  });

  test('with { wait: false } resolves when reads do not find the values any more', async () => {
    const { time, caches, store } = virtualFleet();
    const [cache] = caches;
    const sweep = deferred<number>();
    vi.spyOn(store.can.entries ?? never(), 'sweep').mockReturnValueOnce(sweep.promise);
    await cache.getOrSet('entry', () => 1, FOREVER);
    await cache.set('plain', 1);
    expect(await cache.flush({ wait: false })).toEqual({ status: 'applied', removed: undefined });
    expect(await cache.getMany(['entry', 'plain'])).toEqual([undefined, undefined]);
    expect(await cache.inspect('entry')).toMatchObject({ state: 'invalidated' });
    sweep.fail(new RedisInfraError('CONNECTION_FAILED', 'Redis is unavailable'));
    await time.advance(1);
    expect(cache.stats().errors).toEqual({ CONNECTION_FAILED: 1 });
  });

  test('ends the lease of counters and hashes as well: they are removed', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    await cache.incr('n');
    await cache.hset('h', 'f', 1);
    expect(await cache.flush()).toMatchObject({ removed: 2 });
    expect([await cache.get('n'), await cache.hgetall('h')]).toEqual([undefined, {}]);
  });
});

describe('invalidate', () => {
  test('removes the value and says that it was applied', async () => {
    const { caches } = virtualFleet();
    await caches[0].set('k', 1);
    expect(await caches[1].invalidate('k')).toEqual({ status: 'applied' });
    expect(await caches[0].get('k')).toBeUndefined();
  });
});

describe('an invalidation that the store has journaled', () => {
  test('is reported as journaled by invalidate, invalidateTags and flush', async () => {
    const { caches, store } = virtualFleet();
    const [cache] = caches;
    const entries = store.can.entries ?? never();
    const versions = await entries.versions({ prefixes: ['cache:'] });
    vi.spyOn(entries, 'remove').mockResolvedValueOnce({ removed: 0, status: 'journaled' });
    vi.spyOn(entries, 'invalidateTags').mockResolvedValueOnce({ ...versions, status: 'journaled' });
    vi.spyOn(entries, 'raiseFloor').mockResolvedValueOnce({ ...versions, status: 'journaled' });
    expect(await cache.invalidate('k')).toEqual({ status: 'journaled' });
    expect(await cache.invalidateTags('t')).toEqual({ status: 'journaled' });
    expect(await cache.flush()).toEqual({ status: 'journaled', removed: 0 });
  });
});

function never(): never {
  throw new Error('the store keeps no entries');
}
