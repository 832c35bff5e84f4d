import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { httpGuardSuite } from '../support/http-guard/http-guard.suite.js';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

describe('RateLimitGuard on Express with the embedded store', () => {
  httpGuardSuite({ platform: 'express', redis: () => ({ connection: 'memory://' }) });
});

describe('RateLimitGuard on Express with Redis', () => {
  httpGuardSuite({ platform: 'express', redis: () => ({ connection: server.url, failFast: true }) });
});
