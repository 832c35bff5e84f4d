import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, recovered, statusOf } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let proxy: FaultProxy;
let cache: CacheService;
let other: CacheService;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  // The default deadline: a silent connection must end in this time.
  cache = await connectedCache(started, proxy.url, { resilience: {} });
  other = await connectedCache(started, server.url);
  await cache.set('k', 'old', '1h');
  await cache.getMany(['k']);
});

/** No process finds the key, and the server does not have it. */
async function expectGone(key: string): Promise<void> {
  await recovered(cache);
  expect([await cache.get(key), await other.get(key)]).toEqual([undefined, undefined]);
  expect(await server.command('EXISTS', `cache:${key}`)).toBe(0);
}

describe('a change whose reply is lost', () => {
  test('is applied if Redis is reachable again within the deadline', async () => {
    proxy.dropReply({ to: 'unlink' });
    await cache.invalidate('k');
    await expectGone('k');
  });

  test('is in the journal while Redis is unreachable, although Redis has removed the key', async () => {
    proxy.dropReply({ to: 'unlink' });
    proxy.refuse();
    expect(await cache.invalidate('k')).toEqual({ status: 'journaled' });
    expect(statusOf(cache).journal).toBe(1);
    expect(await server.command('EXISTS', 'cache:k')).toBe(0);
    // The key has another value by now, which is removed too: to repeat an invalidation costs one miss.
    await other.set('k', 'newer');
    expect(await cache.get('k')).toBeUndefined();
    await proxy.heal();
    await expectGone('k');
  });

  test('removes a value that Redis has stored but not confirmed', async () => {
    proxy.dropReply({ to: 'written' });
    proxy.refuse();
    await cache.set('k', 'written');
    expect(await cache.get('k')).toBe('written');
    expect(statusOf(cache).journal).toBe(1);
    expect(await server.command('GET', 'cache:k')).toBe('"written"');
    await proxy.heal();
    await expectGone('k');
  });
});

describe('a change that does not reach Redis', () => {
  test('removes the key when the connection is back', async () => {
    proxy.blackHole('requests');
    proxy.refuse();
    const invalidation = cache.invalidate('k');
    const removal = cache.deleteMany(['k', 'absent']);
    proxy.cut();
    expect(await invalidation).toEqual({ status: 'journaled' });
    expect(await removal).toBe(0);
    expect(await server.command('GET', 'cache:k')).toBe('"old"');
    expect(await cache.get('k')).toBeUndefined();
    await proxy.heal();
    await expectGone('k');
  });

  test('removes the key when a silent connection is replaced', async () => {
    proxy.blackHole('requests');
    expect(await cache.invalidate('k')).toEqual({ status: 'journaled' });
    expect(await cache.get('k')).toBeUndefined();
    await proxy.heal();
    await expectGone('k');
  });

  test('invalidates tags and a namespace when the connection is back', async () => {
    const users = cache.namespace('users');
    await cache.getOrSet('tagged', () => 'old', { tags: ['t'] });
    await users.getOrSet('u', () => 'old');
    await users.set('plain', 'old');
    proxy.refuse();
    proxy.cut();
    expect(await cache.invalidateTags('t')).toEqual({ status: 'journaled' });
    expect(await users.flush()).toEqual({ status: 'journaled', removed: 0 });
    expect([await cache.get('tagged'), await users.get('u'), await users.get('plain')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await proxy.heal();
    await recovered(cache);
    const otherUsers = other.namespace('users');
    expect([await other.get('tagged'), await otherUsers.get('u'), await otherUsers.get('plain')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await other.get('k')).toBe('old');
  });
});
