import { afterAll, beforeAll, describe, test } from 'vitest';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import type { CacheStore, StoreCapabilities } from '../../../domain/cache-store.js';
import { entryStoreContract } from '../../../testing/entry-store-contract/entry-store.contract.js';
import { TestClock } from '../../../testing/nest/test-clock.js';
import { LocalEntries } from './local-entries.js';

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
          return local.over(store);
        },
        advance: (ms) => clock.advance(`${ms}ms`),
        lacks: capabilities.includes('keys') ? ['meta', 'tags', 'clear'] : ['meta', 'tags', 'clear', 'scan'],
      },
    );
  });
}
