import { Logger, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisModule } from '../../src/index.js';

let server: RedisServer;
const apps: TestingModule[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

beforeEach(() => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
});

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  vi.restoreAllMocks();
});

async function boot(module: DynamicModule): Promise<TestingModule> {
  const app = await Test.createTestingModule({ imports: [module] }).compile();
  apps.push(app);
  await app.init();
  return app;
}

describe('the log of skipped changes', () => {
  const lines = (): string[] => vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));

  test('has one line a minute for removals and one for writes, without keys and values', async () => {
    const resilience = { maxInFlight: 1, maxQueued: 0, deadline: '10s' } as const;
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'burst:', resilience }));
    const cache = app.get(CacheService);
    await app.get(RedisAdapter).connect();
    const burst = <T>(call: (key: string) => Promise<T>) =>
      Promise.all(Array.from({ length: 20 }, (_, i) => call(`canary${i}`)));
    await burst((key) => cache.namespace('inner').set(key, 'canary'));
    expect(await burst((key) => cache.delete(key))).toContain(false);
    expect(lines()).toEqual([
      expect.stringMatching(/^OVERLOADED: a value was not written to the cache/),
      expect.stringMatching(/^OVERLOADED: a removal from the cache was not applied/),
    ]);
    expect(lines().join()).not.toContain('canary');
  });

  test('has one line for removals and none for writes while the circuit is open', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'isolated:' }));
    const [cache, redis] = [app.get(CacheService), app.get(RedisAdapter)];
    await redis.connect();
    const close = redis.isolate();
    await cache.set('k', 1);
    expect([await cache.delete('k'), await cache.delete('k')]).toEqual([false, false]);
    close();
    expect(lines()).toEqual([expect.stringMatching(/^CIRCUIT_OPEN: a removal from the cache was not applied/)]);
  });
});
