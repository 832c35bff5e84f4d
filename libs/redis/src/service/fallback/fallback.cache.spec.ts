import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { SYSTEM_ENVIRONMENT } from '../../common/time/environment.js';
import { MONEY, Money } from '../../../test/codec/support/money.js';
import { cacheStoreContract } from '../../testing/cache-store-contract/cache-store.contract.js';
import { entryStoreContract } from '../../testing/entry-store-contract/entry-store.contract.js';
import { TestClock } from '../../testing/nest/test-clock.js';
import { FallbackCache } from './fallback.cache.js';

const runner = { test, before: beforeAll, after: afterAll };

/** One memory for each key prefix. */
function sharedMemory(clock?: TestClock): (keyPrefix: string) => MemoryAdapter {
  const shared = new Map<string, MemoryAdapter>();
  return (keyPrefix) => {
    const store = shared.get(keyPrefix) ?? new MemoryAdapter({ keyPrefix }, clock);
    shared.set(keyPrefix, store);
    return store;
  };
}

describe('FallbackCache over the embedded store, by the contract of CacheStore', () => {
  const memory = sharedMemory();
  cacheStoreContract(runner, { createStore: (keyPrefix) => new FallbackCache(memory(keyPrefix)) });
});

describe('FallbackCache over the embedded store fulfils the contract of EntryStore', () => {
  const clock = new TestClock();
  const memory = sharedMemory(clock);
  const createStore = (keyPrefix: string): FallbackCache =>
    new FallbackCache(memory(keyPrefix), {}, { environment: { ...SYSTEM_ENVIRONMENT, clock } });
  entryStoreContract(runner, {
    createStore,
    createPeer: createStore,
    advance: (ms) => clock.advance(`${ms}ms`),
  });
});

describe('FallbackCache', () => {
  test('refuses a store that has a fallback already, and one that is no store', () => {
    const store = new FallbackCache(new MemoryAdapter());
    expect(() => new FallbackCache(store)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    expect(() => new FallbackCache({} as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });

  test('returns a value of an application type of its store during an outage as that type', async () => {
    const primary = unavailable(new MemoryAdapter({ codec: { types: [MONEY] } }));
    const store = new FallbackCache(primary);
    await store.set('cache:price', new Money(5n, 'CHF'));
    expect(await store.get('cache:price')).toEqual(new Money(5n, 'CHF'));
    expect(await store.get('cache:price')).toBeInstanceOf(Money);
    await store.disconnect();
  });

  test('rejects an aborted call also through a view with a second limit', async () => {
    const primary = Object.assign(unavailable(new MemoryAdapter()), { with: () => primary });
    const store = new FallbackCache(primary);
    const view = store.with({ signal: AbortSignal.abort() }).with({ deadline: '1s' });
    await expect(view.delete('k')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(store.status().journal).toBe(0);
    await store.disconnect();
  });
});

/** A store without entries whose reads and changes of keys fail. */
function unavailable(store: MemoryAdapter): MemoryAdapter {
  const fail = (): Promise<never> => Promise.reject(new RedisInfraError('CONNECTION_FAILED', 'the server is down'));
  const can = { ...store.can, entries: undefined };
  return Object.assign(store, { can, get: fail, set: fail, setMany: fail, delete: fail });
}
