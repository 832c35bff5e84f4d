import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, type RedisAdapter } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { inService, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let adapter: RedisAdapter;
let cache: CacheService;
let other: CacheService;

beforeEach(async () => {
  server = await started.server();
  started.undo(() => server.thaw());
  adapter = started.adapter(server.url);
  cache = new CacheService(adapter);
  other = new CacheService(started.adapter(server.url));
  await Promise.all([cache.connect(), other.connect()]);
});

/** Starts a load that the test ends. */
async function beginLoad(key: string): Promise<{ result: Promise<string>; give: (value: string) => void }> {
  const begun = deferred<void>();
  const { promise, give } = deferred<string>();
  const result = cache.getOrSet(key, () => (begun.give(), promise));
  await begun.promise;
  return { result, give };
}

/** Repeats an invalidation until Redis has confirmed one. */
function applied(invalidate: () => Promise<{ readonly status: string }>): Promise<void> {
  return eventually(async () => (await invalidate()).status === 'applied', 10_000);
}

/** Resolves when Redis answers this cache, and the journal of the cache is empty. */
async function recovered(of: CacheService): Promise<void> {
  await inService(adapter);
  await eventually(() => {
    const status = of.store.can?.fallback?.status();
    return status !== undefined && !status.active && status.journal === 0;
  }, 10_000);
}

const OUTAGES: [string, () => Promise<unknown> | void, () => Promise<unknown> | void][] = [
  ['killed', () => server.kill(), () => server.restart()],
  ['frozen', () => server.freeze(), () => server.thaw()],
];

describe.each(OUTAGES)('a load during which Redis is %s', (_, begin, end) => {
  test('answers while Redis is unavailable, and stores nothing over a later change', async () => {
    const load = await beginLoad('k');
    await begin();
    load.give('old');
    expect(await load.result).toBe('old');
    // The loaded value is used in this process until the key changes.
    expect(await cache.getOrSet('k', () => 'not loaded')).toBe('old');
    expect(await cache.invalidate('k')).toEqual({ status: 'journaled' });
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', () => 'away')).toBe('away');
    expect([await cache.get('k'), await cache.delete('k'), await cache.get('k')]).toEqual(['away', false, undefined]);
    expect(await cache.getOrSet('k', () => 'away again')).toBe('away again');
    await end();
    await applied(() => other.invalidate('k'));
    expect(await other.get('k')).toBeUndefined();
    await recovered(cache);
    expect(await Promise.all([cache.get('k'), other.get('k')])).toEqual([undefined, undefined]);
    expect(await other.getOrSet('k', () => 'new')).toBe('new');
    expect(await Promise.all([cache.get('k'), other.get('k')])).toEqual(['new', 'new']);
  });

  test('is shared by all its callers in the process, and runs once', async () => {
    await begin();
    let loads = 0;
    const { promise, give } = deferred<string>();
    const loader = (): Promise<string> => (loads++, promise);
    const calls = Array.from({ length: 20 }, () => cache.getOrSet('k', loader));
    await eventually(() => loads > 0);
    await eventually(() => cache.stats().coalesced === 19);
    give('loaded');
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, () => 'loaded'));
    expect(loads).toBe(1);
    await end();
  });

  test('is not stored if another process changed the key after the outage, before the load ended', async () => {
    const load = await beginLoad('k');
    await begin();
    await end();
    await applied(() => other.invalidate('k'));
    await recovered(cache);
    load.give('old');
    expect(await load.result).toBe('old');
    expect(await Promise.all([cache.get('k'), other.get('k')])).toEqual([undefined, undefined]);
  });
});

describe('a server that lost its data', () => {
  test('stores no value of a load that began before, although its versions are new', async () => {
    const load = await beginLoad('k');
    await server.command('FLUSHALL');
    load.give('old');
    expect(await load.result).toBe('old');
    expect(await other.get('k')).toBeUndefined();
  });

  test('makes no entry valid that a later restore of a backup brings back', async () => {
    await cache.set('k', 'old', { tags: ['tag'] });
    const dump = await server.command('DUMP', 'cache:k');
    expect(dump).toBeTruthy();
    await server.command('COPY', 'cache:k', 'backup');
    await server.command('DEL', '~v:{cache:}', '~t:{cache:}');
    await server.command('COPY', 'backup', 'cache:k', 'REPLACE');
    expect(await other.get('k')).toBeUndefined();
    expect(await other.getOrSet('k', () => 'new')).toBe('new');
  });
});
