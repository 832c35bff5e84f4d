import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, down, fallbackOf, recordEvents, recovered, statusOf } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let proxy: FaultProxy;
let cache: CacheService;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  cache = await connectedCache(started, proxy.url);
});

/** Resolves when the next outage begins. */
function nextDegraded(of: CacheService): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = fallbackOf(of).on('degraded', () => {
      unsubscribe();
      resolve();
    });
  });
}

describe('a change in the moment of a reconnect', () => {
  test('is sent on the next connection, so a value that is set then is stored', async () => {
    const recoveries = recordEvents(cache, 'recovered');
    await cache.set('deleted', 'old', '1h');
    for (let round = 0; round < 10; round++) {
      // The next connection may be open before a poll has seen the outage.
      const degraded = nextDegraded(cache);
      proxy.cut();
      await degraded;
      const [, deleted] = await Promise.all([
        cache.set(`set:${round}`, 'new', '1h'),
        cache.invalidate('deleted'),
        cache.getOrSet(`loaded:${round}`, () => 'loaded', { ttl: '1h' }),
      ]);
      expect({ round, ...deleted }).toMatchObject({ round, status: 'applied' });
      expect(await server.command('GET', `cache:set:${round}`)).toBe('"new"');
      await recovered(cache);
      expect(await cache.get(`set:${round}`)).toBe('new');
    }
    expect(recoveries).toEqual(Array.from({ length: 10 }, () => expect.objectContaining({ replayed: 0 })));
  });

  test('is journaled as soon as the next connection fails', async () => {
    proxy.refuse();
    proxy.cut();
    await down(cache);
    // The deadline of a call is longer than the time limit of a test.
    await cache.set('set', 'new', '1h');
    expect(await cache.invalidate('deleted')).toEqual({ status: 'journaled' });
    expect(statusOf(cache).journal).toBe(2);
    await proxy.heal();
    await recovered(cache);
    expect(await server.command('EXISTS', 'cache:set')).toBe(0);
  });

  test('is journaled without an attempt when the loss is older', async () => {
    proxy.refuse();
    proxy.cut();
    await down(cache);
    await cache.delete('first');
    const since = statusOf(cache).since ?? Infinity;
    while (Date.now() - since < 150) await cache.get('wait');
    proxy.blackHole();
    expect(await cache.invalidate('deleted')).toEqual({ status: 'journaled' });
  });
});
