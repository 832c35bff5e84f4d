import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, type FallbackOptions } from '../../src/index.js';
import { connectedCache, down, recordEvents, recovered } from '../support/fallback.js';
import { entriesOf } from '../support/cache.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;

beforeEach(async () => {
  server = await started.server();
});

function caches(fallback: FallbackOptions = {}): Promise<[CacheService, CacheService]> {
  const connect = (): Promise<CacheService> => connectedCache(started, server.url, { fallback });
  return Promise.all([connect(), connect()]);
}

/** Kills the server, and starts it again with its last snapshot. */
async function restart(...fleet: readonly CacheService[]): Promise<void> {
  await server.kill();
  await down(...fleet);
  await server.restart();
  await recovered(...fleet);
}

/** Stores a value, a loaded value, a counter and a hash, makes a snapshot, and deletes the values. */
async function fill(cache: CacheService): Promise<void> {
  await cache.set('plain', 'old', '1h');
  await cache.getOrSet('loaded', () => 'old', { ttl: '1h', staleIfError: '1h' });
  await cache.getOrSet('tagged', () => 'old', { ttl: '1h', tags: ['t'] });
  await cache.incr('counter', 5);
  await cache.hset('hash', 'field', 1);
  await server.save();
  await cache.deleteMany(['plain', 'loaded']);
  await cache.invalidateTags('t');
}

/** The version of the last flush of the namespace, as the server reports it. */
async function floorSeenBy(cache: CacheService): Promise<number> {
  return (await entriesOf(cache.store).versions({ prefixes: ['cache:'] })).floor;
}

const KEYS = ['plain', 'loaded', 'tagged'];
const NOTHING = [undefined, undefined, undefined];

describe('a server that restarts with an older snapshot', () => {
  test('returns nothing that was deleted since, and keeps counters and hashes', async () => {
    const [cache, other] = await caches();
    await fill(cache);
    await restart(cache, other);
    expect([await cache.getMany(KEYS), await other.getMany(KEYS)]).toEqual([NOTHING, NOTHING]);
    expect([await other.get('counter'), await cache.hget('hash', 'field')]).toEqual([5, 1]);
    expect(await other.incr('counter')).toBe(6);
  });

  test('raises the floor of the namespace once, although two processes notice it', async () => {
    const proxy = await started.proxy(server);
    const cache = await connectedCache(started, server.url);
    const other = await connectedCache(started, proxy.url);
    await fill(cache);
    const before = await floorSeenBy(cache);
    const reactions = [recordEvents(cache, 'data-loss'), recordEvents(other, 'data-loss')];
    proxy.refuse();
    await server.kill();
    await down(cache, other);
    await server.restart();
    await recovered(cache);
    const raised = await floorSeenBy(cache);
    expect(raised).toBeGreaterThan(before);
    await cache.set('plain', 'new');
    await cache.getOrSet('loaded', () => 'new');
    await proxy.heal();
    await recovered(other);
    expect(await floorSeenBy(other)).toBe(raised);
    expect(await other.getMany(KEYS)).toEqual(['new', 'new', undefined]);
    const flushed = [{ reason: 'restart', reaction: 'flush' }];
    expect(reactions).toEqual([flushed, flushed]);
  });

  test('raises the floor of every root namespace of the process', async () => {
    const cache = await connectedCache(started, server.url);
    const sessions = new CacheService(cache.store, { namespace: 'sessions' });
    for (const each of [cache, sessions]) await fill(each);
    await restart(cache);
    expect([await cache.getMany(KEYS), await sessions.getMany(KEYS)]).toEqual([NOTHING, NOTHING]);
  });

  test('is trusted on request: the snapshot is used as it is', async () => {
    const [cache, other] = await caches({ onServerRestart: 'trust' });
    await fill(cache);
    const events = recordEvents(cache, 'data-loss');
    const before = await floorSeenBy(cache);
    await restart(cache, other);
    expect(await floorSeenBy(other)).toBe(before);
    expect(events).toEqual([{ reason: 'restart', reaction: 'none' }]);
    expect([await cache.get('plain'), await other.get('loaded')]).toEqual(['old', 'old']);
  });

  test('returns nothing that was deleted since, also if it dies again before every process has noticed', async () => {
    const [cache, other] = await caches();
    await fill(cache);
    await server.kill();
    await down(cache, other);
    for (let i = 0; i < 3; i++) {
      await server.restart();
      await server.kill();
    }
    await server.restart();
    await recovered(cache, other);
    expect([await cache.getMany(KEYS), await other.getMany(KEYS)]).toEqual([NOTHING, NOTHING]);
  });
});

describe('a server that was not reachable for a moment, but did not restart', () => {
  test('keeps its values', async () => {
    const proxy = await started.proxy(server);
    const cache = await connectedCache(started, proxy.url);
    const events = recordEvents(cache, 'data-loss');
    await cache.set('kept', 'value', '1h');
    proxy.refuse();
    proxy.cut();
    await down(cache);
    await proxy.heal();
    await recovered(cache);
    expect(await cache.get('kept')).toBe('value');
    expect(events).toEqual([]);
  });
});
