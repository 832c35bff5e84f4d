import { expect, test, vi } from 'vitest';
import { settled } from '../../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { RedisAdapter } from '../../../adapters/redis.adapter.js';
import type { CacheStore, StoreCapabilities } from '../../../domain/cache-store.js';
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
