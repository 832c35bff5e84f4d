import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CacheStore } from '../domain/cache-store.js';
import { VirtualTime } from '../../test/support/virtual-time.js';
import { cacheStoreContract } from '../testing/cache-store-contract/cache-store.contract.js';
import { MemoryAdapter } from './memory.adapter.js';

describe('MemoryAdapter, by the contract of CacheStore', () => {
  const shared = new Map<string, CacheStore>();
  cacheStoreContract(
    { test, before: beforeAll, after: afterAll },
    {
      createStore: (keyPrefix) => {
        const store = shared.get(keyPrefix) ?? new MemoryAdapter({ keyPrefix });
        shared.set(keyPrefix, store);
        return store;
      },
    },
  );
});

describe('MemoryAdapter', () => {
  test('drops the least recently used key beyond maxEntries', async () => {
    const store = new MemoryAdapter({ maxEntries: 2 });
    await store.set('a', 1);
    await store.set('b', 2);
    await store.get('a');
    await store.set('c', 3);
    expect(await store.getMany(['a', 'b', 'c'])).toEqual([1, undefined, 3]);
  });

  test('drops the least recently used keys beyond maxBytes', async () => {
    const store = new MemoryAdapter({ maxBytes: '1mb' });
    for (let i = 0; i < 20; i++) await store.set(`k${i}`, 'x'.repeat(50_000));
    expect(await store.get('k19')).toBeDefined();
    expect(await store.get('k0')).toBeUndefined();
  });

  test('has one identity for its whole life, and reports no loss', async () => {
    const time = new VirtualTime();
    const { link } = new MemoryAdapter({}, time.clock).can;
    const losses: unknown[] = [];
    link?.onLoss(() => losses.push(1));
    const [first] = (await link?.identities()) ?? [];
    await time.advance(1000);
    const [second] = (await link?.identities()) ?? [];
    expect(second).toEqual({ ...first, uptimeMs: 1000 });
    expect([first?.role, first?.uptimeMs, losses]).toEqual(['master', 0, []]);
  });
});
