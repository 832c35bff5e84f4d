import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { CacheService, type AdapterEvents, type CacheEvents, type CacheOptions } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, failure, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;

/** A cache whose user has all permissions but these. */
async function cacheWithout(denied: string, options?: CacheOptions): Promise<CacheService> {
  const users = {
    app: { password: 'a password of the test', rules: `~* &* +@all ${denied}` },
    admin: { password: 'another password', rules: '~* &* +@all' },
  };
  server = await started.server({ users });
  const cache = new CacheService(started.adapter(server.urlOf({ user: 'app' }), LONG_DEADLINE), options);
  await cache.connect();
  return cache;
}

function eventsOf<E extends keyof CacheEvents>(cache: CacheService, name: E): CacheEvents[E][] {
  const events: CacheEvents[E][] = [];
  cache.on(name, (event) => void events.push(event));
  return events;
}

describe('a cache whose user may not run scripts', () => {
  test('loads without a lease, once for all callers at a time, and stores nothing', async () => {
    const cache = await cacheWithout('-eval -evalsha');
    const errors = eventsOf(cache, 'error');
    let loads = 0;
    const { promise, give } = deferred<string>();
    const calls = Array.from({ length: 20 }, () => cache.getOrSet('k', () => (loads++, promise)));
    await eventually(() => cache.stats().coalesced === 19);
    give('loaded');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['loaded']));
    expect(loads).toBe(1);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.delete('k')).toBe(false);
    expect((await failure(cache.invalidate('k'))).code).toBe('COMMAND_FAILED');
    expect(new Set(errors.map(({ error }) => error.code))).toEqual(new Set(['COMMAND_FAILED']));
  });

  test('returns the values that others store', async () => {
    const cache = await cacheWithout('-eval -evalsha');
    const admin = new CacheService(started.adapter(server.urlOf({ user: 'admin' }), LONG_DEADLINE));
    await admin.getOrSet('k', () => 'stored');
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('stored');
  });
});

describe('a cache whose user may not subscribe', () => {
  test('waits for the load of another process by reading again, and does not load itself', async () => {
    const cache = await cacheWithout('-subscribe');
    const admin = new CacheService(started.adapter(server.urlOf({ user: 'admin' }), LONG_DEADLINE));
    const begun = deferred<void>();
    const { promise, give } = deferred<string>();
    const loading = admin.getOrSet('k', () => (begun.give(), promise));
    await begun.promise;
    const waiting = Array.from({ length: 10 }, () => cache.getOrSet('k', () => 'second load'));
    await eventually(() => cache.stats().coalesced === 10);
    give('loaded');
    expect(new Set(await Promise.all([loading, ...waiting]))).toEqual(new Set(['loaded']));
    expect(cache.stats().loads).toBe(0);
  });
});

describe.each(['subscribe', 'publish'])('a fleet whose user may not %s', (denied) => {
  test('waits for the load of another process by reading again, and reports the permission once', async () => {
    const cache = await cacheWithout(`-${denied}`);
    const waitingAdapter = started.adapter(server.urlOf({ user: 'app' }), LONG_DEADLINE);
    const limited: AdapterEvents['limited'][] = [];
    waitingAdapter.on('limited', (event) => void limited.push(event));
    const waiting = new CacheService(waitingAdapter);
    for (const key of ['a', 'b']) {
      const { promise, give } = deferred<string>();
      const loading = cache.getOrSet(key, () => promise);
      await eventually(() => cache.stats().loads === (key === 'a' ? 1 : 2));
      const calls = Array.from({ length: 5 }, () => waiting.getOrSet(key, () => 'second load'));
      await eventually(() => waiting.stats().coalesced % 5 === 0 && waiting.stats().coalesced > 0);
      await eventually(() => limited.length === 1);
      give('loaded');
      // Much sooner than the lease of 5 s would end.
      expect(new Set(await Promise.all([loading, ...calls]))).toEqual(new Set(['loaded']));
    }
    expect(waiting.stats().loads).toBe(0);
    expect(limited).toEqual([
      {
        command: denied.toUpperCase(),
        message: expect.stringContaining(`allow it: ACL SETUSER <user> +${denied}`),
      },
    ]);
  });
});

describe('a cache whose user may not run a command that scripts use', () => {
  test.each([
    ['time', (cache: CacheService) => cache.invalidateTags('t')],
    ['unlink', (cache: CacheService) => cache.invalidate('k')],
    ['set', (cache: CacheService) => cache.flush()],
  ])('rejects with the missing permission (-%s)', async (denied, call) => {
    const { code, message, context } = await failure(call(await cacheWithout(`-${denied}`)));
    expect([code, context.reply]).toEqual(['COMMAND_FAILED', 'NOPERM']);
    // Redis 6 does not name a command inside a script.
    const hints = [`allow it: ACL SETUSER <user> +${denied}`, 'may not run a command of the script'];
    expect(hints.some((hint) => message.includes(hint))).toBe(true);
  });

  test.each(['-time', '-set', '-get -mget', '-del'])(
    'loads values, returns none that was invalidated, and says what is missing (%s)',
    async (denied) => {
      const cache = await cacheWithout(denied);
      const errors = eventsOf(cache, 'error');
      const admin = new CacheService(started.adapter(server.urlOf({ user: 'admin' }), LONG_DEADLINE));
      await admin.getOrSet('k', () => 'old', { tags: ['t'] });
      await cache.getOrSet('k', () => 'old', { tags: ['t'] });
      await admin.invalidateTags('t');
      expect(await cache.getOrSet('k', () => 'new', { tags: ['t'] })).toBe('new');
      expect(new Set(errors.map(({ error }) => error.context.reply))).toEqual(new Set(['NOPERM']));
    },
  );
});

describe('a cache with near copies whose user may not track keys', () => {
  test.each(['-client|tracking', '-client', '-subscribe'])(
    'reports it once and keeps copies that live for a short time (%s)',
    async (denied) => {
      const cache = await cacheWithout(denied, { near: true });
      const untracked = eventsOf(cache, 'untracked');
      await cache.set('k', 'old');
      await eventually(async () => (await cache.get('k')) === 'old' && cache.peek('k') === 'old');
      await server.command('SET', 'cache:k', '"new"');
      await eventually(async () => (await cache.get('k')) === 'new', 10_000);
      await cache.set('k', 'newest');
      expect(cache.peek('k')).toBeUndefined();
      expect(untracked).toEqual([{ code: 'COMMAND_FAILED' }]);
    },
  );
});
