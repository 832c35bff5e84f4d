import { Logger } from '@nestjs/common';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';

let server: RedisServer;
const { boot } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

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

describe('the log of missing permissions', () => {
  test('has one line for each command that the user may not run, with the rule that allows it', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* &* +@all -eval -evalsha' } };
    const restricted = await RedisServer.start({ users });
    try {
      const app = await boot(RedisModule.forRoot({ connection: restricted.urlOf({ user: 'app' }) }));
      const cache = app.get(CacheService);
      await app.get(RedisAdapter).connect();
      for (let i = 0; i < 3; i++) expect(await cache.getOrSet('k', () => i)).toBe(i);
      const lines = vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
      expect(lines).toEqual([
        expect.stringMatching(/^COMMAND_FAILED: getOrSet of the cache works without Redis: .* \+eval$/),
      ]);
    } finally {
      await restricted.stop();
    }
  });
});
