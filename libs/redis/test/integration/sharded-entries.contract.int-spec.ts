import { cacheStoreContract, entryStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { CacheService, ShardedCache, type ShardedOptions } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };
// Maps each prefix of the suite to a namespace, because the suite does not use namespaces.
const asNamespace = (prefix: string): string => prefix.replaceAll(/[^\w.-]/g, '_');

describe.each<[name: string, count: number, options: ShardedOptions]>([
  ['one shard', 1, {}],
  ['three shards', 3, {}],
  ['three shards without a fallback', 3, { fallback: false }],
])('on %s', (_, count, options) => {
  let servers: readonly RedisServer[];
  beforeAll(async () => {
    servers = await Promise.all(Array.from({ length: count }, () => RedisServer.start()));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  const createStore = (keyPrefix: string): ShardedCache =>
    new ShardedCache(
      servers.map(({ url }, at) => ({ id: `s${at}`, connection: url })),
      { ...LONG_DEADLINE, ...options, keyPrefix },
    );

  describe('ShardedCache fulfils the EntryStore contract', () => {
    entryStoreContract(runner, { createStore, createPeer: createStore, lacks: ['clock'] });
  });

  describe('CacheService on a ShardedCache fulfils the CacheStore contract', () => {
    cacheStoreContract(runner, {
      createStore: (prefix) => new CacheService(createStore(''), { namespace: asNamespace(prefix), ttl: null }),
    });
  });
});
