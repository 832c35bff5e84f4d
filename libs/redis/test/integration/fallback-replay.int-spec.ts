import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService, FallbackOptions } from '../../src/index.js';
import { connectedCache, down, recordEvents, recovered, statusOf } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

/** More than the replay applies in one call. */
const KEYS = Array.from({ length: 5000 }, (_, i) => `k${i}`);

let server: RedisServer;
let proxy: FaultProxy;

beforeEach(async () => {
  server = await started.server({ config: { appendonly: 'yes', appendfsync: 'always' } });
  proxy = await started.proxy(server);
});

async function filledCache(fallback: FallbackOptions): Promise<CacheService> {
  const cache = await connectedCache(started, proxy.url, { fallback });
  await cache.setMany(KEYS.map((key) => ({ key, value: 'old' })));
  return cache;
}

async function disconnectFrom(cache: CacheService): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await down(cache);
}

/** Lets the cache connect over a slow network, and waits until a part of its journal is applied. */
async function beginReplay(cache: CacheService): Promise<void> {
  await proxy.heal();
  proxy.delay(30);
  await eventually(() => statusOf(cache).journal < KEYS.length, 10_000);
  const { active, journal } = statusOf(cache);
  expect(active && journal > 0).toBe(true);
}

async function countStored(): Promise<number> {
  const found = await server.command('EXISTS', ...KEYS.map((key) => `cache:${key}`));
  return Number(found);
}

describe('a replay of the journal that is interrupted', () => {
  test('is continued when Redis, which was killed, is back', async () => {
    const cache = await filledCache({ onServerRestart: 'trust' });
    await disconnectFrom(cache);
    expect(await cache.deleteMany(KEYS)).toBe(0);
    const recoveries = recordEvents(cache, 'recovered');
    await beginReplay(cache);
    await server.kill();
    await down(cache);
    expect(statusOf(cache).journal).toBeGreaterThan(0);
    expect(await cache.get('k4999')).toBeUndefined();
    await server.restart();
    await proxy.heal();
    await recovered(cache);
    expect(await countStored()).toBe(0);
    expect(recoveries).toEqual([{ downMs: expect.any(Number), replayed: KEYS.length }]);
  });

  test('is continued when the connection, which was lost, is back', async () => {
    const cache = await filledCache({});
    await disconnectFrom(cache);
    await cache.deleteMany(KEYS);
    await beginReplay(cache);
    proxy.cut();
    proxy.blackHole();
    // Changes of this moment are kept as well.
    expect(await cache.invalidate('late')).toEqual({ status: 'journaled' });
    await proxy.heal();
    await recovered(cache);
    expect(await countStored()).toBe(0);
  });
});

describe('changes during a replay', () => {
  test('are applied too, and a value that Redis has stored since is not removed by an older change', async () => {
    const cache = await filledCache({});
    await disconnectFrom(cache);
    await cache.deleteMany(KEYS);
    await beginReplay(cache);
    const [first, last] = [KEYS[0] ?? '', KEYS.at(-1) ?? ''];
    await Promise.all([cache.set(last, 'new'), cache.set('another', 'new'), cache.delete(first)]);
    await proxy.heal();
    await recovered(cache);
    expect(await cache.getMany([first, last, 'another'])).toEqual([undefined, 'new', 'new']);
    expect(await countStored()).toBe(1);
  });
});
