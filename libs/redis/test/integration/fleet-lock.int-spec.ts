import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { FallbackCache, FleetLock, type CacheStore, type RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { shardsOf, startServers } from '../support/sharded.js';
import { failure, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** The milliseconds until the key of the lock expires, -2 if it is absent. */
async function pttl(server: RedisServer, name: string): Promise<number> {
  return Number(await server.command('PTTL', `~lock:${name}`));
}

/** Holds the lock twice, and returns the fencing numbers. */
async function twoFences(store: CacheStore): Promise<number[]> {
  const lock = new FleetLock(store);
  return [await lock.withLock('a', async ({ fence }) => fence), await lock.withLock('a', async ({ fence }) => fence)];
}

describe('FleetLock on servers', () => {
  test('remembers the fencing number after the release, and grows it with time after a loss of the key', async () => {
    const server = await started.server();
    const redis = started.adapter(server.url, LONG_DEADLINE);
    const [first = NaN, second = NaN] = await twoFences(redis);
    expect(second).toBeGreaterThan(first);
    const dayMs = 24 * 60 * 60 * 1000;
    expect(await pttl(server, 'a')).toBeGreaterThan(dayMs - 60_000);
    expect(await pttl(server, 'a')).toBeLessThanOrEqual(dayMs);
    await server.command('FLUSHALL');
    const [third = NaN] = await twoFences(redis);
    expect(third).toBeGreaterThan(second);
  });

  test('recognises its own lock if the reply to the request was lost', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const redis = started.adapter(proxy.url, LONG_DEADLINE);
    await redis.connect();
    await redis.get('warm');
    proxy.dropReply();
    const held = await new FleetLock(redis).acquire('a', { ttl: '1h', wait: 0 });
    expect(await server.command('GET', '~lock:a')).toMatch(new RegExp(`^${held.fence} `));
    await held.release();
  });

  test('is renewed beyond its ttl, and aborts when the network discards everything', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const lock = new FleetLock(started.adapter(proxy.url, LONG_DEADLINE), { ttl: '600ms' });
    const held = await lock.acquire('a');
    const value = await server.command('GET', '~lock:a');
    // The time until which the lock is held is the last part.
    await eventually(async () => (await server.command('GET', '~lock:a')) !== value);
    expect(held.signal.aborted).toBe(false);
    proxy.blackHole();
    await eventually(() => held.signal.aborted, 10_000);
    expect(held.signal.reason).toMatchObject({ code: 'LOCK_LOST' });
    const other = new FleetLock(started.adapter(server.url, LONG_DEADLINE));
    const successor = await other.acquire('a', { wait: '10s' });
    expect(successor.fence).toBeGreaterThan(held.fence);
    await proxy.heal();
    await held.release();
    expect(await other.tryAcquire('a')).toBeUndefined();
    await successor.release();
  });

  test('aborts when its key was removed', async () => {
    const server = await started.server();
    const lock = new FleetLock(started.adapter(server.url, LONG_DEADLINE), { ttl: '300ms' });
    const held = await lock.acquire('a');
    await server.command('DEL', '~lock:a');
    await eventually(() => held.signal.aborted);
    const successor = await lock.acquire('a');
    await held.release();
    expect(await lock.tryAcquire('a')).toBeUndefined();
    await successor.release();
    const done = lock.withLock('a', async () => server.command('DEL', '~lock:a'));
    expect(await failure(done)).toMatchObject({ code: 'LOCK_LOST' });
  });

  test('is granted, renewed and released on a server whose memory is full', async () => {
    const server = await started.server();
    const lock = new FleetLock(started.adapter(server.url, LONG_DEADLINE), { ttl: '300ms' });
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const held = await lock.acquire('a');
    const value = await server.command('GET', '~lock:a');
    await eventually(async () => (await server.command('GET', '~lock:a')) !== value);
    await held.release();
    expect(held.signal.aborted).toBe(false);
    expect(await server.command('GET', '~lock:a')).toBe(`${held.fence} - 0`);
  });

  test('rejects while Redis is unavailable, also behind a fallback', async () => {
    const server = await started.server();
    const redis: RedisAdapter = started.adapter(server.url);
    await redis.connect();
    await server.stop();
    for (const store of [redis, new FallbackCache(started.adapter(server.url))]) {
      const rejected = failure(new FleetLock(store).tryAcquire('a'));
      expect((await rejected).code).toMatch(/CONNECTION_FAILED|CIRCUIT_OPEN|DEADLINE_EXCEEDED/);
    }
  });

  test('is on the shard of its key', async () => {
    const servers = await startServers(started, 2);
    const cache = shardsOf(
      started,
      servers.map(({ url }) => url),
    );
    const lock = new FleetLock(cache);
    const names = Array.from({ length: 8 }, (_, i) => `lock${i}`);
    const held = await Promise.all(names.map((name) => lock.acquire(name)));
    expect(await Promise.all(names.map((name) => lock.tryAcquire(name)))).toEqual(names.map(() => undefined));
    const at = await Promise.all(
      servers.map(async (server) => {
        const keys = await server.command('KEYS', '~lock:*');
        return Array.isArray(keys) ? keys.map(String) : [];
      }),
    );
    expect(at.flat().sort()).toEqual(names.map((name) => `~lock:${name}`));
    expect(at.every(({ length }) => length > 0)).toBe(true);
    await Promise.all(held.map((each) => each.release()));
  });
});
