import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import {
  CacheService,
  CleanupService,
  type CacheStore,
  type CleanupOptions,
  type RedisAdapter,
} from '../../src/index.js';
import { seededRandom } from '../../src/testing/compressor-contract/seeded-random.js';
import { keysAt } from '../support/sharded.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

const OPTIONS = { keyPrefix: 'app:', ...LONG_DEADLINE };

function cleanupOf(store: CacheStore, options: Partial<CleanupOptions> = {}): CleanupService {
  return new CleanupService(store, { dryRun: false, ...options });
}

async function setUp(): Promise<{ server: RedisServer; redis: RedisAdapter; cache: CacheService }> {
  const server = await started.server();
  const redis = started.adapter(server.url, OPTIONS);
  return { server, redis, cache: new CacheService(redis, { fallback: false }) };
}

/** Moves the last use of a key into the past. */
async function leaveUnused(server: RedisServer, key: string): Promise<void> {
  await server.command(
    'EVAL',
    "redis.call('RESTORE', KEYS[1], 0, redis.call('DUMP', KEYS[1]), 'REPLACE', 'IDLETIME', 600)",
    '1',
    key,
  );
}

/** A store that calls `before` before each run of the script. */
function intercepted(redis: RedisAdapter, script: string, before: () => Promise<unknown>): CacheStore {
  const { scripts } = redis.can;
  type Run = NonNullable<typeof scripts>['run'];
  const run = async (...args: Parameters<Run>): Promise<unknown> => {
    if (args[0].name === script) await before();
    return scripts?.run(...args);
  };
  return Object.assign(Object.create(redis), { can: { ...redis.can, scripts: { ...scripts, run } } });
}

describe('a cleanup of keys that never expire', () => {
  test('reports them by default, and changes nothing', async () => {
    const { server, redis } = await setUp();
    await redis.set('forever', 1);
    await redis.set('expiring', 1, '1h');
    const report = await cleanupOf(redis, { jobs: ['no-ttl'] }).run();
    expect(report).toMatchObject({ outcome: 'ok', scanned: 3, found: { 'no-ttl': 1 }, removed: {}, bytes: 0 });
    expect(await keysAt(server, 'app:[ef]*')).toEqual(['app:expiring', 'app:forever']);
    expect(await redis.ttl('forever')).toBeNull();
  });

  test('lets them expire', async () => {
    const { redis } = await setUp();
    await redis.set('forever', 1);
    await redis.set('expiring', 1, '1h');
    const report = await cleanupOf(redis, { jobs: ['no-ttl'], noTtl: 'expire', noTtlExpiry: '2h' }).run();
    expect(report).toMatchObject({ outcome: 'ok', expiring: 1, removed: {} });
    expect(await redis.ttl('forever')).toBeGreaterThan(3600);
    expect(await redis.ttl('expiring')).toBeLessThanOrEqual(3600);
  });

  test('removes only those that were not used for a minute, also together with other jobs', async () => {
    const { server, redis } = await setUp();
    await redis.set('unused', 'x'.repeat(1000));
    await redis.set('used', 1);
    await leaveUnused(server, 'app:unused');
    const report = await cleanupOf(redis, { noTtl: 'delete' }).run();
    expect(report).toMatchObject({ outcome: 'ok', removed: { 'no-ttl': 1 } });
    expect(report.bytes).toBeGreaterThan(1000);
    expect(await redis.has('unused')).toBe(false);
    expect(await redis.has('used')).toBe(true);
  });

  test('does not remove a key that gets its expiry between the check and the removal', async () => {
    const { server, redis } = await setUp();
    await redis.set('late', 1);
    await leaveUnused(server, 'app:late');
    const store = intercepted(redis, 'CLEAN_KEYS', () => redis.expire('late', '1h'));
    expect(await cleanupOf(store, { jobs: ['no-ttl'], noTtl: 'delete' }).run()).toMatchObject({ removed: {} });
    expect(await redis.has('late')).toBe(true);
  });

  test('is over without a scan if INFO shows that all keys expire', async () => {
    const { redis } = await setUp();
    await redis.set('expiring', 1, '1h');
    expect(await cleanupOf(redis, { jobs: ['no-ttl'] }).run()).toMatchObject({ outcome: 'ok', scanned: 0 });
  });
});

describe('a cleanup of entries', () => {
  test('removes those that an invalidation of tags left behind, and no others', async () => {
    const { redis, cache } = await setUp();
    const users = cache.namespace('users');
    for (const each of [cache, users]) {
      await each.set('tagged', 1, { ttl: '1h', tags: ['a', 'b'] });
      await each.set('other', 1, { ttl: '1h', tags: ['b'] });
    }
    await users.invalidateTags(['a']);
    await users.set('newer', 1, { ttl: '1h', tags: ['a'] });
    const dry = await cleanupOf(redis, { jobs: ['flushed'], dryRun: true }).run();
    expect(dry).toMatchObject({ outcome: 'dry-run', found: { tag: 1 }, removed: {} });
    expect(dry.bytes).toBeGreaterThan(0);
    expect(await redis.has('cache:users::tagged')).toBe(true);
    const report = await cleanupOf(redis, { jobs: ['flushed'] }).run();
    expect(report).toMatchObject({ outcome: 'ok', removed: { tag: 1 } });
    expect(await redis.has('cache:users::tagged')).toBe(false);
    expect([await cache.get('tagged'), await users.get('other'), await users.get('newer')]).toEqual([1, 1, 1]);
  });

  test('does not remove an entry that its owner rewrote between the check and the removal', async () => {
    const { redis, cache } = await setUp();
    await cache.set('a', 'old', { ttl: '1h', tags: ['t'] });
    await cache.invalidateTags(['t']);
    const rewrite = () => cache.set('a', 'new', { ttl: '1h', tags: ['t'] });
    const report = await cleanupOf(intercepted(redis, 'CLEAN_KEYS', rewrite), { jobs: ['flushed'] }).run();
    expect(report.removed).toEqual({});
    expect(await cache.get('a')).toBe('new');
  });

  test('ends a flush whose process did not', async () => {
    const { redis, cache } = await setUp();
    await cache.set('a', 1);
    await redis.set('cache:plain', 1);
    await redis.can.entries?.raiseFloor({ prefixes: ['cache:'] }, 0);
    const report = await cleanupOf(redis, { jobs: ['flushed'] }).run();
    expect(report.removed.flush).toBe(2);
    expect(await redis.can.entries?.versions({ prefixes: ['cache:'] })).toMatchObject({ isSweeping: false });
    expect(await redis.has('cache:plain')).toBe(false);
  });

  test('removes those whose expiry has passed although their key never expires', async () => {
    const { server, redis, cache } = await setUp();
    await cache.set('a', 1, { ttl: '50ms', tags: ['t'] });
    await server.command('PERSIST', 'app:cache:a');
    await cache.set('b', 1, { ttl: '1h', tags: ['t'] });
    await server.command('PERSIST', 'app:cache:b');
    await expect.poll(() => cache.get('a')).toBeUndefined();
    expect(await cleanupOf(redis, { jobs: ['expired'] }).run()).toMatchObject({ removed: { expired: 1 } });
    expect(await keysAt(server, 'app:cache:?')).toEqual(['app:cache:b']);
  });
});

describe('a cleanup of other keys', () => {
  test('removes internal keys that never expire, but no lock that is held', async () => {
    const { server, redis } = await setUp();
    const future = Date.now() + 3_600_000;
    await server.command('SET', 'app:~l:{1}:cache:a', 'token 1 0');
    await server.command('SET', 'app:~lock:free', '5 - 0');
    await server.command('SET', 'app:~lock:held', `5 token ${future}`);
    await server.command('HSET', 'app:{rl:01}:x', 'a', '1');
    await server.command('SET', 'app:{rl:02}:y', '1', 'EX', '100');
    const report = await cleanupOf(redis, { jobs: ['stale-internal', 'no-ttl'], noTtl: 'expire' }).run();
    expect(report).toMatchObject({ removed: { lease: 1, lock: 1, limit: 1 }, expiring: 0 });
    expect(await keysAt(server, 'app:*[xydea]')).toEqual(
      ['app:{rl:02}:y', 'app:~lock:held', 'app:~cleanup:real'].sort().filter((key) => !key.includes('cleanup')),
    );
  });

  test('reports the largest keys', async () => {
    const { redis } = await setUp();
    await redis.set('big', 'x'.repeat(5000));
    for (let i = 0; i < 300; i++) await redis.hset('hash', `${i}`, 'y'.repeat(100));
    await redis.set('small', 1);
    const report = await cleanupOf(redis, { jobs: ['big-keys'], bigKey: '4kb' }).run();
    expect(report.found).toEqual({ 'big-key': 2 });
    expect(report.bigKeys.map(({ key }) => key)).toEqual(['hash', 'big']);
    expect(report.removed).toEqual({});
  });

  test('refuses an empty prefix, as clear() does', async () => {
    const server = await started.server();
    const redis = started.adapter(server.url);
    const refusal = expect.objectContaining({ code: 'OPTION_INVALID', context: { path: 'keyPrefix' } });
    expect(() => new CleanupService(redis)).toThrow(refusal);
    expect((await new CleanupService(redis, { wholeDatabase: true }).run()).outcome).toBe('dry-run');
  });
});

describe('a cleanup beside keys of others', () => {
  test('never touches keys outside its prefix, whatever characters the prefix has', async () => {
    const server = await started.server();
    const random = seededRandom(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const parts = ['a', 'ab', '*', '?', '[a-z]', '[^a]', '\\', 'é', '{', '}', '-', ':', '~l:{1}:', 'cache:'];
    const text = (): string => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(parts)).join('');
    for (const prefix of ['a*', 'a?:', '[ab]', 'a\\', 'app:{x}:', '{}a:', ...Array.from({ length: 10 }, text)]) {
      await server.command('FLUSHALL');
      const own = new Set(Array.from({ length: 30 }, () => prefix + text()));
      const foreign = new Set(Array.from({ length: 60 }, text).filter((key) => !key.startsWith(prefix)));
      for (const key of [...own, ...foreign]) {
        await server.command('SET', key, key);
        await leaveUnused(server, key);
      }
      const redis = started.adapter(server.url, { keyPrefix: prefix, ...LONG_DEADLINE });
      const report = await cleanupOf(redis, { noTtl: 'delete' }).run();
      expect(report.outcome).toBe('ok');
      const left = await keysAt(server);
      for (const key of foreign) expect(left).toContain(key);
      expect(left.filter((key) => own.has(key) && !key.slice(prefix.length).startsWith('~'))).toEqual([]);
      await redis.disconnect();
    }
  });
});
