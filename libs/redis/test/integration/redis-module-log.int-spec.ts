import { Logger } from '@nestjs/common';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CacheService, RedisAdapter, RedisModule } from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';

let server: RedisServer;
const { boot } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

const lines = (): string[] => vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));

describe('the log of changes that a cache without a fallback skipped', () => {
  test('has one line a minute for removals and one for writes, without keys and values', async () => {
    const resilience = { maxInFlight: 1, maxQueued: 0, deadline: '10s' } as const;
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'burst:', resilience, fallback: false }),
    );
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
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'isolated:', fallback: false }));
    const [cache, redis] = [app.get(CacheService), app.get(RedisAdapter)];
    await redis.connect();
    const close = redis.isolate();
    await cache.set('k', 1);
    expect([await cache.delete('k'), await cache.delete('k')]).toEqual([false, false]);
    close();
    expect(lines()).toEqual([expect.stringMatching(/^CIRCUIT_OPEN: a removal from the cache was not applied/)]);
  });
});

describe('the log of outages', () => {
  const isDown = (cache: CacheService): boolean => cache.store.can?.fallback?.status().active === true;

  test('has one line when the fallback takes over and one when it ends, and none for more outages in a minute', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'outage:' }));
    const [cache, redis] = [app.get(CacheService), app.get(RedisAdapter)];
    await redis.connect();
    vi.mocked(Logger.prototype.log).mockClear();
    for (let i = 0; i < 3; i++) {
      const close = redis.isolate();
      await cache.set('canary', 1);
      expect([await cache.delete('canary'), await cache.delete('canary')]).toEqual([false, false]);
      close();
      await eventually(() => !isDown(cache), 10_000);
    }
    expect(lines()).toEqual([expect.stringMatching(/^the cache answers from memory until Redis is available/)]);
    const ends = vi.mocked(Logger.prototype.log).mock.calls.map(([line]) => String(line));
    expect(ends.filter((line) => !line.includes('is up'))).toEqual([
      expect.stringMatching(/^the cache uses Redis again after .* s; 1 invalidations were applied$/),
    ]);
    expect([...lines(), ...ends].join()).not.toContain('canary');
  });

  test('says of an overloaded process that invalidations wait, and of no write that it was skipped', async () => {
    const resilience = { maxInFlight: 1, maxQueued: 0, deadline: '10s' } as const;
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'full:', resilience }));
    const cache = app.get(CacheService);
    await app.get(RedisAdapter).connect();
    await Promise.all(Array.from({ length: 20 }, (_, i) => cache.delete(`k${i}`)));
    expect(lines()).toEqual([expect.stringMatching(/invalidations wait in its journal$/)]);
    await eventually(() => !isDown(cache), 10_000);
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
      expect(lines()).toEqual([
        expect.stringMatching(/^COMMAND_FAILED: getOrSet of the cache works without Redis: .* \+eval$/),
      ]);
    } finally {
      await restricted.stop();
    }
  });
});
