import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import { KeyvStore } from 'nestjs-redis-infra/keyv';
import { RedisServer } from 'nestjs-redis-infra/testing';
import * as vitest from 'vitest';
import { CacheService, MemoryAdapter, RedisAdapter, type CacheStore } from '../../src/index.js';

const { afterAll, beforeAll, describe } = vitest;

/** `storeOf` is called in tests only: hooks have run by then. */
function passesTheSuiteOfKeyv(storeOf: () => CacheStore): void {
  const create = (): KeyvStore => new KeyvStore(storeOf());
  describe('API, values, namespaces', () => keyvTestSuite(vitest, Keyv, create));
  describe('iterator', () => keyvIteratorTests(vitest, Keyv, create));
}

describe('KeyvStore on Redis passes the test suite of Keyv', () => {
  let server: RedisServer;
  let adapter: RedisAdapter;
  beforeAll(async () => {
    server = await RedisServer.start();
    adapter = new RedisAdapter(server.url, { keyPrefix: 'app:', resilience: { deadline: '10s' } });
  });
  afterAll(async () => {
    await adapter.disconnect();
    await server.stop();
  });
  passesTheSuiteOfKeyv(() => adapter);
});

describe('KeyvStore on the memory store passes the test suite of Keyv', () => {
  const memory = new MemoryAdapter();
  passesTheSuiteOfKeyv(() => memory);
});

describe('KeyvStore on a CacheService passes the test suite of Keyv', () => {
  const cache = new CacheService('memory://');
  passesTheSuiteOfKeyv(() => cache);
});
