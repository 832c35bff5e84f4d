import { cacheStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { MemoryAdapter, RedisAdapter, type CodecOptions } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const key = (id: string): { id: string; secret: string } => ({ id, secret: `secret of the test, key ${id}` });

const codecs: Readonly<Record<string, CodecOptions>> = {
  'compressed when that saves bytes': { compression: { minBytes: 1 } },
  'compressed with brotli': { compression: { algorithm: 'brotli', minBytes: 1 } },
  'sealed, except counters': { encryption: { keys: [key('a')], counters: 'plain' } },
  'sealed with keys of a provider': {
    encryption: { provider: { keys: async () => [key('a'), key('b')], primary: async () => 'b' }, counters: 'plain' },
  },
  'compressed, padded and sealed with their expiry': {
    compression: { minBytes: 1 },
    encryption: {
      keys: [key('a')],
      counters: 'plain',
      compressBeforeEncrypt: true,
      padding: 'padme',
      bindExpiry: true,
    },
  },
};

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

for (const [name, codec] of Object.entries(codecs)) {
  describe(`RedisAdapter with values ${name} fulfils the CacheStore contract`, () => {
    cacheStoreContract(
      { test, before: beforeAll, after: afterAll },
      {
        createStore: (keyPrefix) => new RedisAdapter(server.url, { ...LONG_DEADLINE, keyPrefix, codec }),
        forgetScripts: async () => void (await server.command('SCRIPT', 'FLUSH')),
      },
    );
  });

  describe(`MemoryAdapter with values ${name} fulfils the CacheStore contract`, () => {
    const stores = new Map<string, MemoryAdapter>();
    cacheStoreContract(
      { test, before: beforeAll, after: afterAll },
      {
        createStore: (keyPrefix) => {
          const store = stores.get(keyPrefix) ?? new MemoryAdapter({ keyPrefix, store: 'encoded', codec });
          stores.set(keyPrefix, store);
          return store;
        },
      },
    );
  });
}
