import { cacheStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { CacheService, MemoryAdapter, RedisAdapter } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };
// Maps each prefix of the suite to a namespace, because the suite does not use namespaces.
const asNamespace = (prefix: string): string => prefix.replaceAll(/[^\w.-]/g, '_');

describe('CacheService on Redis fulfils the CacheStore contract', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  cacheStoreContract(runner, {
    createStore: (prefix) =>
      new CacheService(new RedisAdapter(server.url, LONG_DEADLINE), { namespace: asNamespace(prefix), ttl: null }),
    forgetScripts: async () => void (await server.command('SCRIPT', 'FLUSH')),
  });
});

describe('CacheService on the embedded store fulfils the CacheStore contract', () => {
  const memory = new Map<string, MemoryAdapter>();
  cacheStoreContract(runner, {
    createStore: (prefix) => {
      const store = memory.get(prefix) ?? new MemoryAdapter();
      memory.set(prefix, store);
      return new CacheService(store, { namespace: asNamespace(prefix), ttl: null });
    },
  });
});
