import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let root: CacheService;

beforeEach(async () => {
  server = await started.server();
  root = new CacheService(started.adapter(server.url, LONG_DEADLINE));
  await root.connect();
});

/** Fills a cache with a plain value, a counter, a hash and an entry. */
async function fill(cache: CacheService): Promise<void> {
  await cache.set('plain', 1);
  await cache.incr('count');
  await cache.hset('hash', 'field', 1);
  await cache.getOrSet('entry', () => 1);
}

/** Which of these values a cache has. */
async function contents(cache: CacheService): Promise<string> {
  const found = [
    ['plain', await cache.get('plain')],
    ['count', await cache.get('count')],
    ['hash', await cache.hget('hash', 'field')],
    ['entry', await cache.get('entry')],
  ];
  return found.flatMap(([name, value]) => (value === 1 ? [name] : [])).join(' ');
}

const ALL = 'plain count hash entry';

describe('flush of a namespace', () => {
  test('ends its values and those of the namespaces inside it, and no others', async () => {
    const users = root.namespace('users');
    const sessions = users.namespace('sessions');
    const others = [root, root.namespace('orders'), root.namespace('users2'), root.namespace('user')];
    for (const cache of [users, sessions, ...others]) await fill(cache);
    const report = await users.flush();
    expect(report).toEqual({ status: 'applied', removed: 8 });
    expect(await Promise.all([users, sessions].map(contents))).toEqual(['', '']);
    expect(await Promise.all(others.map(contents))).toEqual(others.map(() => ALL));
    await sessions.getOrSet('entry', () => 1);
    expect(await contents(sessions)).toBe('entry');
  });

  test('of the inner one leaves the outer one', async () => {
    const users = root.namespace('users');
    const sessions = users.namespace('sessions');
    for (const cache of [users, sessions]) await fill(cache);
    await sessions.flush();
    expect([await contents(users), await contents(sessions)]).toEqual([ALL, '']);
  });

  test('fences the loads inside it, and no others, in its own process and in others', async () => {
    const remote = new CacheService(started.adapter(server.url, LONG_DEADLINE));
    for (const flushed of [root, remote]) {
      const names = ['inside', 'beside'];
      const spaces = names.map((name) => root.namespace('outer').namespace(name));
      const begun = spaces.map(() => deferred<void>());
      const { promise, give } = deferred<string>();
      const loads = spaces.map((space, i) => space.getOrSet('k', () => (begun[i]?.give(), promise)));
      await Promise.all(begun.map((each) => each.promise));
      await flushed.namespace('outer').namespace('inside').flush();
      give('loaded');
      expect(await Promise.all(loads)).toEqual(['loaded', 'loaded']);
      expect(await Promise.all(spaces.map((space) => space.get('k')))).toEqual([undefined, 'loaded']);
      await root.flush();
    }
  });
});

describe('characters of glob patterns', () => {
  const KEYS = [
    '*',
    'a*',
    'a?',
    '[a-z]',
    'a[',
    'a]b',
    '\\',
    '\\*',
    '^',
    '{t}*',
    '}{',
    'a::b',
    ':a',
    '~l:{a}:x',
    '%',
    'ü*',
  ];

  test('in keys name these keys only', async () => {
    await root.set('ax', 'other');
    for (const key of KEYS) await root.getOrSet(key, () => key);
    expect(await root.getMany(KEYS)).toEqual(KEYS);
    for (const key of KEYS) {
      expect(await root.delete(key)).toBe(true);
      expect(await root.get(key)).toBeUndefined();
    }
    expect(await root.get('ax')).toBe('other');
  });

  test.each(['p*:', 'p?:', '[pq]x:', 'p\\*:', '{p}*:'])('in the prefix %s do not widen a flush', async (keyPrefix) => {
    const caches = [keyPrefix, 'px:', 'pp:', 'qx:', '{p}x:', ''].map(
      (prefix) => new CacheService(started.adapter(server.url, { ...LONG_DEADLINE, keyPrefix: prefix })),
    );
    const [flushed, ...others] = caches;
    for (const cache of caches) await fill(cache);
    await flushed?.flush();
    expect(flushed && (await contents(flushed))).toBe('');
    expect(await Promise.all(others.map(contents))).toEqual(others.map(() => ALL));
  });
});
