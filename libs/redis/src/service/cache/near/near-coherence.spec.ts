import { expect, test, vi } from 'vitest';
import { settled } from '../../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { RedisAdapter } from '../../../adapters/redis.adapter.js';
import type { CacheStore, StoreCapabilities } from '../../../domain/cache-store.js';
import { virtualFleet } from '../../../../test/support/virtual-cache.js';
import { CacheService } from '../cache.service.js';

function storeWith(capabilities: (can: StoreCapabilities) => StoreCapabilities): CacheStore {
  const store = new MemoryAdapter();
  return Object.defineProperty(store, 'can', { value: capabilities(store.can) });
}

async function untrackedCodes(cache: CacheService): Promise<unknown[]> {
  const codes = vi.fn();
  cache.on('untracked', ({ code }) => codes(code));
  await settled();
  return codes.mock.calls.flat();
}

test('a cache whose store reads from replicas keeps no near copies and reports that', async () => {
  const subscribe = vi.fn();
  const store = storeWith((can) => ({ ...can, feed: { allowsCopies: false, subscribe } }));
  const cache = new CacheService(store, { near: { coherence: 'ttl' } });
  expect(await untrackedCodes(cache)).toEqual(['UNSUPPORTED']);
  await cache.set('k', 1);
  for (let i = 0; i < 3; i++) expect(await cache.get('k')).toBe(1);
  await settled();
  expect([cache.peek('k'), subscribe.mock.calls]).toEqual([undefined, []]);
});

test("the feed of an adapter with readFrom: 'prefer-replica' allows no copies", () => {
  const feedOf = (readFrom: 'master' | 'prefer-replica'): boolean | undefined =>
    new RedisAdapter({ mode: 'cluster', nodes: [{ host: '127.0.0.1', port: 1 }], readFrom }).can.feed?.allowsCopies;
  expect([feedOf('master'), feedOf('prefer-replica')]).toEqual([true, false]);
});

test('a near cache on a store without a feed reports that once, to handlers that are subscribed after it is created', async () => {
  const cache = new CacheService(
    storeWith((can) => ({ ...can, feed: undefined })),
    { near: true },
  );
  expect(await untrackedCodes(cache)).toEqual([undefined]);
});

test('a view with another codec does not read near copies, whose values that codec has not checked', async () => {
  const cache = new CacheService(new MemoryAdapter(), { near: true });
  await cache.set('k', 'plain');
  for (let i = 0; i < 3; i++) await cache.get('k');
  await settled();
  expect(cache.peek('k')).toBe('plain');
  const encryption = { keys: [{ id: 'a', secret: 'the secret that is used from now on' }] };
  const sealed = cache.can.codec?.with({ encryption }, 'codec');
  expect(await sealed?.get('k')).toBeUndefined();
});

test('a near copy is fresh no longer than its value in the store, however slow the check of its tags is', async () => {
  const { time, caches } = virtualFleet({ near: true, earlyRefresh: false });
  const [cache] = caches;
  const { entries } = cache.store.can ?? {};
  if (entries === undefined) throw new TypeError('the store has no entries');
  await cache.getOrSet('k', () => 1, { ttl: '10s', tags: ['x'] });
  await cache.invalidateTags('other');
  const tagVersions = entries.tagVersions.bind(entries);
  vi.spyOn(entries, 'tagVersions').mockImplementation(async (...args) => {
    await new Promise<void>((resolve) => void time.timers.after(5000, resolve));
    return tagVersions(...args);
  });
  const reads = [cache.get('k'), cache.get('k')];
  await time.advance(5000);
  expect(await Promise.all(reads)).toEqual([1, 1]);
  await settled();
  expect(cache.peek('k')).toBe(1);
  await time.advance(4999);
  expect(cache.peek('k')).toBe(1);
  await time.advance(1);
  expect(cache.peek('k')).toBeUndefined();
});
