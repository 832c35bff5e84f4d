import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { connectedCache, down, recovered, statusOf } from '../support/fallback.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let proxy: FaultProxy;
let cache: CacheService;
let loads: number;

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  cache = await connectedCache(started, proxy.url, { fallback: { maxStale: '1h' }, earlyRefresh: false, jitter: 0 });
  loads = 0;
});

async function disconnect(): Promise<void> {
  proxy.refuse();
  proxy.cut();
  await down(cache);
}

async function reconnect(): Promise<void> {
  await proxy.heal();
  await recovered(cache);
}

const load = (): string => `loaded ${++loads}`;
const fail = (): never => {
  throw new Error('the source is unavailable');
};

/** Starts a load of `k` that the test ends. */
async function beginLoad(): Promise<{ loading: Promise<string>; give: (value: string) => void }> {
  const begun = deferred<void>();
  const { promise, give } = deferred<string>();
  const loading = cache.getOrSet('k', () => (begun.give(), promise));
  await begun.promise;
  return { loading, give };
}

describe('getOrSet while a server refuses writes', () => {
  test('returns no copy with a tag that was invalidated meanwhile', async () => {
    for (let i = 0; i < 2; i++) await cache.getOrSet('k', load, { ttl: '1h', tags: ['t'] });
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    expect(await cache.invalidateTags('t')).toMatchObject({ status: 'journaled' });
    for (let i = 0; i < 2; i++) expect(await cache.getOrSet('k', load, { ttl: '1h', tags: ['t'] })).toBe('loaded 2');
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
    await recovered(cache);
    expect(await cache.getOrSet('k', load, { ttl: '1h', tags: ['t'] })).toBe('loaded 3');
  });
});

describe('getOrSet while Redis is unavailable', () => {
  test('returns a fresh copy without a load', async () => {
    await cache.getOrSet('k', () => 'copy', { ttl: '1h' });
    await cache.get('k');
    await disconnect();
    expect(await cache.getOrSet('k', load)).toBe('copy');
    expect(loads).toBe(0);
  });

  test('returns a copy within staleWhileRevalidate, and loads a new value', async () => {
    const options = { ttl: '1s', staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', () => 'copy', options);
    await cache.get('k');
    await disconnect();
    await eventually(async () => (await cache.inspect('k')).state === 'stale');
    expect(await cache.getOrSet('k', load, options)).toBe('copy');
    await eventually(async () => (await cache.get('k')) === 'loaded 1');
    expect(loads).toBe(1);
  });

  test('returns a copy within staleIfError only if the load fails', async () => {
    const options = { ttl: '1s', staleIfError: '1h' } as const;
    for (const key of ['k', 'l']) await cache.getOrSet(key, () => 'copy', options);
    await cache.getMany(['k', 'l']);
    await disconnect();
    await eventually(async () => (await cache.get('k')) === undefined && (await cache.get('l')) === undefined);
    expect(await cache.getOrSet('k', fail, options)).toBe('copy');
    expect(await cache.getOrSet('l', load, options)).toBe('loaded 1');
  });

  test('runs one load for 50 callers, keeps its value for the outage, and does not store it in Redis afterwards', async () => {
    await disconnect();
    const held = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return load();
    };
    const results = await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('k', held)));
    expect([new Set(results), loads]).toEqual([new Set(['loaded 1']), 1]);
    expect(await cache.getOrSet('k', load)).toBe('loaded 1');
    expect(statusOf(cache).journal).toBe(0);
    await reconnect();
    expect(await server.command('EXISTS', 'cache:k')).toBe(0);
    expect(await cache.getOrSet('k', load)).toBe('loaded 2');
    expect(await server.command('EXISTS', 'cache:k')).toBe(1);
  });

  test('keeps no value of a load during which the key was deleted', async () => {
    await disconnect();
    const { loading, give } = await beginLoad();
    await cache.invalidate('k');
    give('old');
    expect(await loading).toBe('old');
    expect(await cache.get('k')).toBeUndefined();
  });

  test('stores no value of a load that ends after Redis is back', async () => {
    await disconnect();
    const { loading, give } = await beginLoad();
    await reconnect();
    give('old');
    expect(await loading).toBe('old');
    expect(await server.command('EXISTS', 'cache:k')).toBe(0);
    expect(await cache.getOrSet('k', load)).toBe('loaded 1');
  });

  test('loads several keys at once, and returns the copies of the others', async () => {
    await cache.getOrSet('a', () => 'copy', { ttl: '1h' });
    await cache.get('a');
    await disconnect();
    const asked: string[][] = [];
    const found = await cache.getOrSetMany(['a', 'b', 'c'], (keys) => {
      asked.push([...keys]);
      return new Map(keys.map((key) => [key, load()]));
    });
    expect(asked).toEqual([['b', 'c']]);
    expect([...found]).toEqual([
      ['a', 'copy'],
      ['b', 'loaded 1'],
      ['c', 'loaded 2'],
    ]);
  });
});

describe('a load that runs when Redis is killed', () => {
  test('gives its value to all callers, and keeps it for the outage', async () => {
    let release = (): void => {};
    const held = new Promise<string>((resolve) => (release = () => resolve('loaded')));
    let begun = false;
    const calls = Array.from({ length: 10 }, () => cache.getOrSet('k', () => ((begun = true), held)));
    await eventually(() => begun);
    await disconnect();
    release();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['loaded']));
    expect(await cache.getOrSet('k', load)).toBe('loaded');
  });
});
