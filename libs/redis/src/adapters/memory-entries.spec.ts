import { afterAll, beforeAll, describe, test } from 'vitest';
import type { CodecOptions } from '../domain/codec/codec.options.js';
import { entryStoreContract } from '../testing/entry-store-contract/entry-store.contract.js';
import { TestClock } from '../testing/nest/test-clock.js';
import type { MemoryOptions } from './memory/memory-options.js';
import { MemoryAdapter } from './memory.adapter.js';

const key = (id: string): { id: string; secret: string } => ({ id, secret: `secret of the test, key ${id}` });

const SEALED: CodecOptions = { encryption: { keys: [key('a')], counters: 'plain' } };
const SLOW: CodecOptions = {
  compression: { minBytes: 1 },
  encryption: {
    provider: { keys: async () => [key('a'), key('b')], primary: async () => 'b' },
    counters: 'plain',
    compressBeforeEncrypt: true,
  },
};

const STORES: readonly (readonly [name: string, options: MemoryOptions])[] = [
  ['copies', { store: 'values' }],
  ['bytes', { store: 'encoded' }],
  ['encrypted bytes', { store: 'encoded', codec: SEALED }],
  ['bytes of an asynchronous codec', { store: 'encoded', codec: SLOW }],
];

for (const [name, options] of STORES) {
  describe(`MemoryAdapter that keeps ${name} fulfils the contract of EntryStore`, () => {
    const clock = new TestClock();
    entryStoreContract(
      { test, before: beforeAll, after: afterAll },
      {
        createStore: (keyPrefix) => new MemoryAdapter({ ...options, keyPrefix }, clock),
        createPeer: (_, store) => store.can?.codec?.with(options.codec ?? {}) ?? store,
        advance: (ms) => clock.advance(`${ms}ms`),
      },
    );
  });
}
