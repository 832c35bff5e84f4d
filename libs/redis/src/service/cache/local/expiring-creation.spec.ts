import { describe, expect, test, vi } from 'vitest';
import { setUp } from '../../../../test/support/cache.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { CacheService } from '../cache.service.js';

/** A store that has nothing beyond the port. */
function simpleStore(): MemoryAdapter {
  return Object.defineProperty(new MemoryAdapter(), 'can', { value: undefined });
}

describe.each<[string, () => CacheStore]>([
  ['the embedded store', () => new MemoryAdapter()],
  ['a store of the user', simpleStore],
])('a counter or hash that CacheService creates, on %s', (_, createStore) => {
  test("gets the cache's ttl, five minutes by default", async () => {
    const cache = new CacheService(createStore());
    expect(await cache.incr('n', 2)).toBe(2);
    await cache.hset('h', 'f', { n: 1 });
    expect(await cache.ttl('n')).toBeCloseTo(300, 0);
    expect(await cache.ttl('h')).toBeCloseTo(300, 0);
    const users = cache.namespace('users', { ttl: '1m' });
    expect(await users.incr('n')).toBe(1);
    expect(await users.ttl('n')).toBeCloseTo(60, 0);
    expect(await users.hget('h', 'f')).toBeUndefined();
  });

  test('never expires with ttl: null', async () => {
    const cache = new CacheService(createStore(), { ttl: null });
    await cache.incr('n');
    await cache.hset('h', 'f', 1);
    expect([await cache.ttl('n'), await cache.ttl('h')]).toEqual([null, null]);
  });

  test('keeps the expiry it has when it is written again', async () => {
    const cache = new CacheService(createStore());
    await cache.incr('n');
    await cache.hset('h', 'f', 1);
    for (const key of ['n', 'h']) await cache.expire(key, '1h');
    await cache.incr('n');
    await cache.hset('h', 'g', 1);
    for (const key of ['n', 'h']) expect(await cache.ttl(key)).toBeCloseTo(3600, 0);
    await cache.store.incr('cache:forever');
    await cache.incr('forever');
    expect(await cache.ttl('forever')).toBeNull();
  });

  test('gets the ttl again after it was deleted', async () => {
    const cache = new CacheService(createStore());
    await cache.hset('h', 'f', 1);
    await cache.expire('h', '1h');
    await cache.hdel('h', 'f');
    await cache.hset('h', 'f', 1);
    expect(await cache.ttl('h')).toBeCloseTo(300, 0);
  });
});

describe('a counter that CacheService creates on a custom store', () => {
  test('keeps the expiry that another caller sets between the steps', async () => {
    const store = simpleStore();
    const has = store.has.bind(store);
    store.has = async (key) => {
      const there = await has(key);
      await store.incr(key);
      await store.expire(key, '1h');
      return there;
    };
    const cache = new CacheService(store);
    expect(await cache.incr('n')).toBe(2);
    expect(await cache.ttl('n')).toBeCloseTo(3600, 0);
  });

  test('is counted, and the failure is reported, if its ttl cannot be set', async () => {
    const store = simpleStore();
    store.expire = () => Promise.reject(new RedisInfraError('CONNECTION_FAILED', 'unavailable'));
    const cache = new CacheService(store);
    const errors = vi.fn();
    cache.on('error', ({ operation, error }) => errors(operation, error.code));
    expect(await cache.incr('n')).toBe(1);
    expect(errors.mock.calls).toEqual([['expire', 'CONNECTION_FAILED']]);
  });
});

describe('a hash that CacheService creates in a namespace with its own codec', () => {
  test('is written by that codec, on the embedded store', async () => {
    const { cache } = setUp();
    const codec = { encryption: { keys: [{ id: 'a', secret: 'the secret that is used from now on' }] } };
    const sealed = cache.namespace('sealed', { codec });
    await sealed.hset('h', 'f', 'text');
    expect(await sealed.hget('h', 'f')).toBe('text');
    expect(await sealed.ttl('h')).toBeCloseTo(300, 0);
    await expect(cache.store.hget('cache:sealed::h', 'f')).rejects.toMatchObject({ code: 'CODEC_UNKNOWN_KEY' });
    await expect(sealed.incr('n')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
