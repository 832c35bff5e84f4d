import { describe, expect, it } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import type { CacheStore, KeyScanner, ScriptDefinition } from '../../domain/cache-store.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import { CacheService } from './cache.service.js';

async function keysOf(store: CacheStore, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { keys } of scannerOf(store).scan({ prefix })) found.push(...keys);
  return found.sort();
}

function scannerOf(store: CacheStore): KeyScanner {
  const scanner = store.can?.keys;
  if (scanner === undefined) throw new Error('the store has no scanner');
  return scanner;
}

const ADD: ScriptDefinition<number> = {
  name: 'ADD',
  source: 'return 0',
  keys: 1,
  parse: Number,
  twin: (memory, [key = '']) => {
    const sum = Number(memory.get(key) ?? 0) + 1;
    memory.set(key, sum, 60_000);
    return sum;
  },
};

describe('the capabilities of a CacheService', () => {
  it('scan the keys of its namespace, without the prefix', async () => {
    const store = new MemoryAdapter();
    await store.set('other', 1);
    const cache = new CacheService(store);
    for (const key of ['a', 'user:1', 'user:2']) await cache.set(key, 1);
    expect(await keysOf(cache)).toEqual(['a', 'user:1', 'user:2']);
    expect(await keysOf(cache, 'user:')).toEqual(['user:1', 'user:2']);
    expect(await keysOf(cache, 'u')).toEqual(['user:1', 'user:2']);
  });

  it('scan keys as they were set, also those that are stored with an escape', async () => {
    const cache = new CacheService(new MemoryAdapter());
    const keys = [':a', '::b', 'users::1', 'users:1', 'users'];
    for (const key of keys) await cache.set(key, key);
    const scanned = await keysOf(cache);
    expect(scanned).toEqual([...keys].sort());
    expect(await cache.getMany(scanned)).toEqual(scanned);
  });

  it.each([
    ['', [':a', 'users', 'users::1', 'users:1']],
    [':', [':a']],
    ['users', ['users', 'users::1', 'users:1']],
    ['users:', ['users::1', 'users:1']],
    ['users::', ['users::1']],
    ['users:1', ['users:1']],
  ])('scan the keys that begin with %j', async (prefix, expected) => {
    const cache = new CacheService(new MemoryAdapter());
    for (const key of [':a', 'users::1', 'users:1', 'users']) await cache.set(key, 1);
    expect(await keysOf(cache, prefix)).toEqual([...expected].sort());
  });

  it('scan no keys of the namespaces inside it, which it cannot read', async () => {
    const cache = new CacheService(new MemoryAdapter());
    const users = cache.namespace('users');
    await cache.set('a', 1);
    await users.set('1', 1);
    expect(await keysOf(cache)).toEqual(['a']);
    expect(await keysOf(users)).toEqual(['1']);
  });

  it('run scripts on keys of the namespace', async () => {
    const store = new MemoryAdapter();
    const cache = new CacheService(store);
    expect(await cache.can.scripts?.run(ADD, ['sum'], [])).toBe(1);
    expect(await cache.can.scripts?.run(ADD, ['sum'], [])).toBe(2);
    expect(await keysOf(store)).toEqual(['cache:sum']);
  });

  it('fence the load of a key that a script changes', async () => {
    const store = new MemoryAdapter();
    const cache = new CacheService(store);
    const loaded = await cache.getOrSet('sum', async () => {
      await cache.can.scripts?.run(ADD, ['sum'], []);
      return 'old';
    });
    expect(loaded).toBe('old');
    expect(await cache.can.scripts?.run(ADD, ['sum'], [])).toBe(2);
  });

  it('carry a rate limiter, whose keys are in the namespace', async () => {
    const store = new MemoryAdapter();
    const limiter = new RateLimiter(new CacheService(store), { deadline: '10s' });
    const policy = { name: 'api', limit: 1, window: '1m' } as const;
    expect((await limiter.consume(policy, 'a')).allowed).toBe(true);
    expect((await limiter.consume(policy, 'a')).allowed).toBe(false);
    expect(await keysOf(store, 'cache:{rl:')).toHaveLength(1);
    await limiter.close();
  });

  it('create counters that expire, in the namespace', async () => {
    const cache = new CacheService(new MemoryAdapter());
    expect(await cache.can.expiringCreation?.incr('hits', 2, '1h')).toBe(2);
    await cache.can.expiringCreation?.hset('user', 'name', 'Eve', '1h');
    expect(await cache.hget('user', 'name')).toBe('Eve');
    expect(await cache.ttl('hits')).toBeGreaterThan(3500);
  });

  it('provide the same namespace with another codec', async () => {
    const cache = new CacheService(new MemoryAdapter());
    const packed = cache.can.codec?.with({ compression: { minBytes: 10 } });
    await packed?.set('text', 'a'.repeat(1000));
    expect(await keysOf(cache)).toEqual(['text']);
    expect((await cache.can.codec?.bytes('text'))?.length).toBeLessThan(200);
  });

  it('are those of its store: a store without any has none', () => {
    const store: CacheStore = Object.create(new MemoryAdapter(), { can: { value: undefined } });
    const { can } = new CacheService(store);
    expect(Object.values(can).filter((capability) => capability !== undefined)).toEqual([]);
  });
});
