import { Redis } from 'ioredis';
import { cacheStoreContract, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { RedisAdapter } from '../../src/adapters/redis.adapter.js';
import { LONG_DEADLINE } from '../support/started.js';

let server: RedisServer;
let raw: Redis;

beforeAll(async () => {
  server = await RedisServer.start();
  raw = new Redis(server.port);
});

afterAll(async () => {
  raw.disconnect();
  await server.stop();
});

describe('RedisAdapter on a standalone server fulfils the CacheStore contract', () => {
  cacheStoreContract(
    { test, before: beforeAll, after: afterAll },
    {
      createStore: (keyPrefix) => new RedisAdapter(server.url, { ...LONG_DEADLINE, keyPrefix }),
      forgetScripts: async () => void (await raw.script('FLUSH')),
      writeRaw: async (key, bytes) => void (await raw.set(key, bytes)),
    },
  );
});
