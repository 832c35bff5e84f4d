import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, type CacheOptions, type ShardedCache, type ShardedOptions } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { countedAt, limiterOf, QUOTA } from '../support/limiter.js';
import { keysAt, keysByShard, recordSharded, shardsOf, STAMP, startServers } from '../support/sharded.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const SHARDS = ['s0', 's1', 's2'];

let servers: readonly RedisServer[];

beforeEach(async () => {
  servers = await startServers(started, SHARDS.length);
});

interface Opened {
  readonly cache: CacheService;
  readonly sharded: ShardedCache;
  /** Some keys of the cache that are on each shard. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

async function open(options: CacheOptions = {}, shardOptions: ShardedOptions = {}): Promise<Opened> {
  const sharded = shardsOf(
    started,
    servers.map(({ url }) => url),
    shardOptions,
  );
  const cache = new CacheService(sharded, { ttl: '1h', ...options });
  started.undo(() => cache.disconnect());
  await cache.connect();
  const keys = keysByShard(sharded, 10, (key) => `cache:${key}`);
  return { cache, sharded, keys };
}

function keyAt({ keys }: Opened, shard: string): string {
  return keys.get(shard)?.[0] ?? '';
}

const all = ({ keys }: Opened): readonly string[] => [...keys.values()].flat();

/** A busy machine answers later than the default deadline. */
const LONG_DEADLINE = { deadline: '10s' } as const;

describe('a CacheService on a ShardedCache', () => {
  test('loads each key once in the fleet, with a lease on the shard of the key', async () => {
    const [one, two] = [await open(), await open()];
    for (const shard of SHARDS) {
      const key = keyAt(one, shard);
      const value = deferred<string>();
      let loads = 0;
      const load = (): Promise<string> => {
        loads++;
        return value.promise;
      };
      const first = one.cache.getOrSet(key, load);
      await eventually(() => loads === 1);
      const second = two.cache.getOrSet(key, load);
      const server = servers[SHARDS.indexOf(shard)];
      await eventually(async () => (await keysAt(server, '~l:*')).length === 1);
      value.give('loaded');
      expect(await Promise.all([first, second])).toEqual(['loaded', 'loaded']);
      expect(loads).toBe(1);
    }
  });

  test('invalidates tags and namespaces on all shards', async () => {
    const one = await open();
    const two = await open();
    for (const key of all(one)) await one.cache.set(key, key, { tags: ['t'] });
    expect(await two.cache.getMany(all(one))).toEqual(all(one));
    expect(await two.cache.invalidateTags('t')).toEqual({ status: 'applied' });
    expect((await one.cache.getMany(all(one))).filter((value) => value !== undefined)).toEqual([]);
    await one.cache.setMany(all(one).map((key) => ({ key, value: 1 })));
    await two.sharded.set('foreign', 1);
    expect(await two.cache.flush()).toEqual({ status: 'applied', removed: all(one).length });
    expect((await one.cache.getMany(all(one))).filter((value) => value !== undefined)).toEqual([]);
    expect(await two.sharded.get('foreign')).toBe(1);
  });

  test('stores entries with the clock of their shard, also if the clocks of the shards differ', async () => {
    const one = await open();
    // The versions of one shard are an hour ahead.
    const scope = { prefixes: ['cache:'] as const };
    const [ahead] = SHARDS;
    const entries = one.sharded.can.entries;
    for (const shard of SHARDS) await one.cache.get(keyAt(one, shard));
    const { clock } = (await entries?.versions(scope, `cache:${keyAt(one, ahead ?? '')}`)) ?? { clock: 0 };
    const [table = ''] = await keysAt(servers[0], '~v:*');
    const text = String(await servers[0]?.command('GET', table));
    await servers[0]?.command('SET', table, text.replaceAll(String(clock), String(clock + 3_600_000)));
    const { cache } = await open();
    for (const shard of SHARDS) {
      await cache.set(keyAt(one, shard), shard, { tags: ['t'] });
      expect(await cache.get(keyAt(one, shard))).toBe(shard);
    }
    await cache.setMany(all(one).map((key) => ({ key, value: key, tags: ['t'] })));
    expect(await cache.getMany(all(one))).toEqual(all(one));
    await cache.invalidateTags('t');
    expect((await cache.getMany(all(one))).filter((value) => value !== undefined)).toEqual([]);
  });

  test('uses no near copies of a shard whose stamp has changed, although its feed is connected', async () => {
    const one = await open({ near: true }, { onShardDown: 'error' });
    const outOfService = recordSharded(one.sharded, 'out-of-service');
    for (const key of all(one)) await one.cache.set(key, key);
    const copied = (): readonly string[] => all(one).filter((key) => one.cache.peek(key) === key);
    await eventually(async () => {
      await one.cache.getMany(all(one));
      return copied().length === all(one).length;
    });
    await servers[0]?.command('SET', STAMP, JSON.stringify({ id: 'elsewhere', topology: 't' }));
    await eventually(() => outOfService.length === 1);
    expect(copied()).toEqual(all(one).filter((key) => !one.keys.get('s0')?.includes(key)));
  });

  test('keeps near copies that follow the changes of their shard, and uses those of the others while one is lost', async () => {
    const one = await open({ near: true }, { fallback: { maxStale: '1h' } });
    const two = await open();
    const peeked = async (key: string, value: unknown): Promise<void> => {
      await one.cache.getOrSet(key, () => value);
      await eventually(() => one.cache.peek(key) === value);
    };
    for (const key of all(one)) await two.cache.set(key, key);
    await eventually(async () => {
      await one.cache.getMany(all(one));
      return all(one).every((key) => one.cache.peek(key) === key);
    });
    expect(one.cache.stats().near.entries).toBe(all(one).length);
    const key = keyAt(one, 's2');
    await two.cache.set(key, 'new');
    await eventually(() => one.cache.peek(key) === undefined);
    await peeked(key, 'new');
    await servers[1]?.kill();
    await eventually(() => one.cache.peek(keyAt(one, 's1')) === undefined);
    // Its copies are kept longer than a feed may be silent.
    const endMs = performance.now() + 1500;
    await eventually(() => {
      expect(one.cache.peek(key)).toBe('new');
      return performance.now() > endMs;
    });
    expect(one.cache.peek(keyAt(one, 's0'))).toBe(keyAt(one, 's0'));
    await two.cache.flush().catch(() => {});
    await eventually(() => one.cache.peek(key) === undefined && one.cache.peek(keyAt(one, 's0')) === undefined);
  });

  test.each<[string, ShardedOptions]>([
    ['with a fallback', {}],
    ['without a fallback', { fallback: false }],
  ])('%s reads and loads the keys of the others while one shard is lost, and emits partial', async (_, options) => {
    const one = await open({}, options);
    for (const key of all(one)) await one.cache.set(key, key);
    const partial: unknown[] = [];
    one.cache.on('partial', (event) => partial.push(event));
    await servers[1]?.kill();
    await eventually(() => one.sharded.status()['s1']?.state !== 'up');
    const lost = new Set(one.keys.get('s1'));
    const values = await one.cache.getMany(all(one));
    expect(values.filter((value, i) => value === undefined && !lost.has(all(one)[i] ?? ''))).toEqual([]);
    expect(partial).toEqual([{ shards: ['s1'] }]);
    const loaded = await one.cache.getOrSetMany(
      [...all(one)],
      async (missing) => new Map(missing.map((key) => [key, 'loaded'])),
    );
    expect(loaded.size).toBe(all(one).length);
    for (const key of lost) expect(['loaded', key]).toContain(loaded.get(key));
  });

  test('refuses a fallback of its own, because each shard has one', async () => {
    const sharded = shardsOf(
      started,
      servers.map(({ url }) => url),
    );
    expect(() => new CacheService(sharded, { fallback: {} })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
    const without = shardsOf(
      started,
      servers.map(({ url }) => url),
      { onShardDown: 'miss' },
    );
    expect(new CacheService(without).store).toBe(without);
  });
});

describe('a RateLimiter on a ShardedCache', () => {
  test('counts each subject on its shard, exactly', async () => {
    const { sharded } = await open();
    const [one, two] = [limiterOf(started, sharded, LONG_DEADLINE), limiterOf(started, sharded, LONG_DEADLINE)];
    const subjects = Array.from({ length: 60 }, (_, i) => `subject-${i}`);
    await Promise.all([one, two].flatMap((limiter) => subjects.map((subject) => limiter.consume(QUOTA, subject))));
    for (const subject of subjects.slice(0, 10)) {
      const counted = await Promise.all(servers.map(({ url }) => countedAt(url, subject)));
      expect(counted.toSorted((a, b) => b - a)).toEqual([2, 0, 0]);
    }
    const used = await Promise.all(servers.map(async (server) => (await keysAt(server, '{rl:*')).length));
    expect(used.reduce((sum, count) => sum + count, 0)).toBe(subjects.length);
    expect(used.every((count) => count > 5)).toBe(true);
  });

  test('decides for the subjects of the others while one shard is lost', async () => {
    const { sharded } = await open();
    const limiter = limiterOf(started, sharded, { ...LONG_DEADLINE, onError: 'closed' });
    const subjects = Array.from({ length: 40 }, (_, i) => `subject-${i}`);
    await Promise.all(subjects.map((subject) => limiter.consume(QUOTA, subject)));
    await servers[1]?.kill();
    await eventually(() => sharded.status()['s1']?.state !== 'up');
    const sources = await Promise.all(subjects.map(async (subject) => (await limiter.consume(QUOTA, subject)).source));
    expect(new Set(sources)).toEqual(new Set(['redis', 'closed']));
    expect(await codeOf(limiter.peek(QUOTA, 'x'))).toBe('ok');
  });
});
