import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { httpCacheSuite } from '../support/http-cache/http-cache.suite.js';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

describe('HttpCacheInterceptor on Express with the embedded store', () => {
  httpCacheSuite({ platform: 'express', redis: () => ({ connection: 'memory://' }) });
});

describe('HttpCacheInterceptor on Express with Redis', () => {
  httpCacheSuite({ platform: 'express', redis: () => ({ connection: server.url, failFast: true }) });
});
