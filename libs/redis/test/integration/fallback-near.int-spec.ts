import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, down, recovered } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let cache: CacheService;
let other: CacheService;

beforeEach(async () => {
  server = await started.server();
  cache = await connectedCache(started, server.url, { near: true, fallback: { maxStale: '2s' } });
  other = await connectedCache(started, server.url);
});

/** Reads a key until the cache keeps a near copy of it. */
async function hasNearCopy(key: string, value: unknown): Promise<void> {
  await eventually(async () => (await cache.get(key)) === value && cache.peek(key) === value, 10_000);
}

describe('near copies when Redis is killed', () => {
  test('go on as copies of the fallback, without an error', async () => {
    await cache.getOrSet('k', () => 'value', { ttl: '1h' });
    await hasNearCopy('k', 'value');
    const errors: unknown[] = [];
    cache.on('error', (event) => void errors.push(event));
    await server.kill();
    await down(cache);
    await eventually(() => cache.peek('k') === undefined);
    expect(await cache.get('k')).toBe('value');
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('value');
    expect(errors).toEqual([]);
  });

  test('are used for maxStale after the last confirmation of the feed, and not after the last read from Redis', async () => {
    await cache.getOrSet('k', () => 'value', { ttl: '1h' });
    await hasNearCopy('k', 'value');
    // Only the feed confirms the value in this time: it is read without a command.
    const readMs = performance.now();
    await eventually(() => performance.now() - readMs > 2500 && cache.peek('k') === 'value');
    await server.kill();
    await down(cache);
    expect(await cache.get('k')).toBe('value');
    await eventually(async () => (await cache.get('k')) === undefined);
  });

  test('are gone if another process has changed the value before', async () => {
    for (const key of ['changed', 'deleted']) {
      await cache.getOrSet(key, () => 'old', { ttl: '1h' });
      await hasNearCopy(key, 'old');
    }
    await other.set('changed', 'new');
    await other.delete('deleted');
    await eventually(() => cache.peek('changed') === undefined && cache.peek('deleted') === undefined);
    await server.kill();
    await down(cache);
    expect(await cache.getMany(['changed', 'deleted'])).toEqual([undefined, undefined]);
  });

  test('are kept again when Redis is back', async () => {
    await cache.getOrSet('k', () => 'old', { ttl: '1h' });
    await hasNearCopy('k', 'old');
    await server.kill();
    await down(cache);
    await cache.delete('k');
    await server.restart();
    await recovered(cache, other);
    expect(await cache.get('k')).toBeUndefined();
    await other.set('k', 'new');
    await hasNearCopy('k', 'new');
  });
});
