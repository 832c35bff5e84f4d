import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { systemClock } from '../../../common/clock.js';
import type { CacheStore, StoreCapabilities } from '../../../domain/cache-store.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import { entryStoreContract } from '../../../testing/entry-store-contract/entry-store.contract.js';
import { TestClock } from '../../../testing/nest/test-clock.js';
import { LocalEntries } from './local-entries.js';

function rethrow(error: unknown): never {
  throw error;
}

/** A store with these capabilities only. */
function simpleStore(store: MemoryAdapter, can: StoreCapabilities): CacheStore {
  return Object.assign(Object.create(store), { can });
}

const STORES: readonly (readonly [name: string, capabilities: readonly (keyof StoreCapabilities)[]])[] = [
  ['that scans its keys', ['codec', 'keys', 'expiringCreation']],
  ['without a key scanner', ['codec']],
];

for (const [name, capabilities] of STORES) {
  describe(`LocalEntries over a simple store ${name} fulfil the contract of EntryStore`, () => {
    const clock = new TestClock();
    const localOf = new Map<CacheStore, LocalEntries>();
    entryStoreContract(
      { test, before: beforeAll, after: afterAll },
      {
        createStore: (keyPrefix) => {
          const memory = new MemoryAdapter({ keyPrefix }, clock);
          const can = Object.fromEntries(capabilities.map((capability) => [capability, memory.can[capability]]));
          return simpleStore(memory, can);
        },
        entriesOf: (store) => {
          const local = localOf.get(store) ?? new LocalEntries(clock);
          localOf.set(store, local);
          return local.over(store, rethrow);
        },
        advance: (ms) => clock.advance(`${ms}ms`),
        lacks: capabilities.includes('keys') ? ['meta', 'tags', 'clear'] : ['meta', 'tags', 'clear', 'scan'],
      },
    );
  });
}

describe('LocalEntries over a store that answers late', () => {
  const LEASE = { token: 'load', ttlMs: 30_000, clock: 1, minClock: 0 };
  const LOADED = { value: 'loaded', meta: undefined, ttlMs: undefined };

  /** A store whose next `set` waits until `finish` is called. */
  function openSlow(): { entries: EntryStore; store: CacheStore; inSet: Promise<void>; finish: () => void } {
    const memory = new MemoryAdapter({ keyPrefix: 'slow:' });
    let [begin, finish] = [(): void => {}, (): void => {}];
    const inSet = new Promise<void>((resolve) => (begin = resolve));
    const permitted = new Promise<void>((resolve) => (finish = resolve));
    const set: CacheStore['set'] = async (key, value, ttl) => {
      begin();
      await permitted;
      return memory.set(key, value, ttl);
    };
    const store: CacheStore = Object.assign(Object.create(memory), { can: { keys: memory.can.keys }, set });
    return { entries: new LocalEntries(systemClock).over(store, rethrow), store, inSet, finish };
  }

  test('a remove that follows a publish in flight removes the value', async () => {
    const { entries, store, finish } = openSlow();
    await entries.acquire('cache:k', LEASE);
    const published = entries.publish('cache:k', LEASE.token, LOADED);
    const removed = entries.remove(['cache:k']);
    finish();
    expect([await published, await removed]).toEqual([true, { removed: 1, status: 'applied' }]);
    expect(await store.has('cache:k')).toBe(false);
  });

  test('a flush waits for the publishes in flight, so that its sweep removes their values', async () => {
    const { entries, store, inSet, finish } = openSlow();
    const scope = { prefixes: ['cache:'] } as const;
    const { clock } = await entries.versions(scope);
    await entries.acquire('cache:k', { ...LEASE, clock });
    const published = entries.publish('cache:k', LEASE.token, LOADED);
    await inSet;
    const flushed = entries.raiseFloor(scope, 0).then(({ floor }) => entries.sweep(scope, floor));
    // Without waiting, the flush would end here.
    await Promise.race([flushed, new Promise((resolve) => setImmediate(resolve))]);
    finish();
    await published;
    await flushed;
    expect(await store.has('cache:k')).toBe(false);
  });

  test('a load that takes its lease after a flush, with a clock from before, stores nothing', async () => {
    const { entries, store, finish } = openSlow();
    finish();
    const scope = { prefixes: ['cache:'] } as const;
    const { clock } = await entries.versions(scope);
    await entries.raiseFloor(scope, 0);
    await entries.acquire('cache:k', { ...LEASE, clock });
    expect(await entries.publish('cache:k', LEASE.token, LOADED)).toBe(false);
    expect(await store.has('cache:k')).toBe(false);
    expect((await entries.acquire('cache:k', { ...LEASE, token: 'next' })).status).toBe('acquired');
  });

  test('an invalidation of tags is refused', async () => {
    const { entries } = openSlow();
    const options = { keepForErrors: false, seen: 0 };
    const refused = entries.invalidateTags({ prefixes: ['cache:'] }, ['00000000000000aa'], options);
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('the views of one store share their leases', async () => {
    const memory = new MemoryAdapter();
    const local = new LocalEntries(systemClock);
    await local.over(memory, rethrow).acquire('k', LEASE);
    expect((await local.over(memory, rethrow).acquire('k', { ...LEASE, token: 'other' })).status).toBe('held');
  });
});
