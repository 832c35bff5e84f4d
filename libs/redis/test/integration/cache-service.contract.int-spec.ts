import { cacheStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { CacheService, MemoryAdapter, RedisAdapter } from '../../src/index.js';

const runner = { test, before: beforeAll, after: afterAll };
// A namespace of its own for each prefix of the suite, which knows nothing of namespaces.
const asNamespace = (prefix: string): string => prefix.replaceAll(/[^\w.-]/g, '_');

describe('CacheService keeps the contract of a CacheStore, on Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  cacheStoreContract(runner, {
    createStore: (prefix) =>
      new CacheService(new RedisAdapter(server.url), { namespace: asNamespace(prefix), ttl: null }),
    forgetScripts: async () => void (await server.command('SCRIPT', 'FLUSH')),
  });
});

describe('CacheService keeps the contract of a CacheStore, on the embedded store', () => {
  const memory = new Map<string, MemoryAdapter>();
  cacheStoreContract(runner, {
    createStore: (prefix) => {
      const store = memory.get(prefix) ?? new MemoryAdapter();
      memory.set(prefix, store);
      return new CacheService(store, { namespace: asNamespace(prefix), ttl: null });
    },
  });
});
