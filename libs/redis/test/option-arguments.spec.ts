import { describe, expect, test } from 'vitest';
import {
  Cacheable,
  CacheEvict,
  CachePut,
  CacheService,
  duration,
  FallbackCache,
  HttpCache,
  MemoryAdapter,
  RateLimiter,
  RedisAdapter,
  RedisConfig,
} from '../src/index.js';

const adapter = new RedisAdapter('memory://', { keyPrefix: 'app:' });
const memory = new MemoryAdapter();
const cache = new CacheService(memory);
const limiter = new RateLimiter(memory);
const policy = { name: 'api', limit: 5, window: '1m' } as const;
const key = { id: 'a', secret: 'a secret of the application' };

/** Takes a wrong argument where a call takes options. */
const optionsOf: Readonly<Record<string, (wrong: never) => unknown>> = {
  'new RedisConfig(…)': (wrong) => new RedisConfig(wrong),
  'new RedisConfig({ tls })': (tls) => new RedisConfig({ tls }),
  'new RedisConfig({ ioredis })': (ioredis) => new RedisConfig({ ioredis }),
  'new RedisConfig({ ioredis: { redisOptions } })': (redisOptions) => new RedisConfig({ ioredis: { redisOptions } }),
  'new RedisConfig({ nodes: […] })': (node) => new RedisConfig({ nodes: [node] }),
  'new RedisAdapter(connection, …)': (wrong) => new RedisAdapter('memory://', wrong),
  'new RedisAdapter(connection, { codec })': (codec) => new RedisAdapter('memory://', { codec }),
  'new RedisAdapter(connection, { resilience })': (resilience) => new RedisAdapter('memory://', { resilience }),
  'new RedisAdapter(connection, { resilience: { retry } })': (retry) =>
    new RedisAdapter('memory://', { resilience: { retry } }),
  'new RedisAdapter(connection, { resilience: { breaker } })': (breaker) =>
    new RedisAdapter('memory://', { resilience: { breaker } }),
  'new RedisAdapter(connection, { codec: { compression } })': (compression) =>
    new RedisAdapter('memory://', { codec: { compression } }),
  'new RedisAdapter(connection, { codec: { compression: { dictionary } } })': (dictionary) =>
    new RedisAdapter('memory://', { codec: { compression: { dictionary } } }),
  'new RedisAdapter(connection, { codec: { encryption } })': (encryption) =>
    new RedisAdapter('memory://', { codec: { encryption } }),
  'new RedisAdapter(connection, { codec: { encryption: { keys: […] } } })': (wrong) =>
    new RedisAdapter('memory://', { codec: { encryption: { keys: [key, wrong] } } }),
  'new MemoryAdapter(…)': (wrong) => new MemoryAdapter(wrong),
  'new MemoryAdapter({ codec })': (codec) => new MemoryAdapter({ codec }),
  "new MemoryAdapter({ store: 'encoded', codec })": (codec) => new MemoryAdapter({ store: 'encoded', codec }),
  'new CacheService(store, …)': (wrong) => new CacheService(memory, wrong),
  'new CacheService(connection, …)': (wrong) => new CacheService('memory://', wrong),
  'new CacheService(connection, { codec })': (codec) => new CacheService('memory://', { codec }),
  'new CacheService(connection, { fallback })': (fallback) => new CacheService('redis://127.0.0.1:1', { fallback }),
  'new CacheService(store, { fallback })': (fallback) => new CacheService(memory, { fallback }),
  'new FallbackCache(store, …)': (wrong) => new FallbackCache(memory, wrong),
  'new RateLimiter(store, …)': (wrong) => new RateLimiter(memory, wrong),
  'new RateLimiter(store, { policies: […] })': (wrong) => new RateLimiter(memory, { policies: [wrong] }),
  'RedisAdapter.with(…)': (wrong) => adapter.with(wrong),
  'RedisAdapter.clear(…)': (wrong) => adapter.clear(wrong),
  'RedisAdapter.resealAll(…)': (wrong) => first(adapter.resealAll(wrong)),
  'RedisAdapter.can.keys.scan(…)': (wrong) => adapter.can.keys && first(adapter.can.keys.scan(wrong)),
  'RedisAdapter.can.codec.with(…)': (wrong) => adapter.can.codec?.with(wrong),
  'MemoryAdapter.clear(…)': (wrong) => memory.clear(wrong),
  'CacheService.set(key, value, …)': (wrong) => cache.set('k', 1, wrong),
  'CacheService.getOrSet(key, loader, …)': (wrong) => cache.getOrSet('k', () => 1, wrong),
  'CacheService.namespace(name, …)': (wrong) => cache.namespace('n', wrong),
  'CacheService.with(…)': (wrong) => new CacheService(adapter).with(wrong),
  'CacheService.clear(…)': (wrong) => cache.clear(wrong),
  '@Cacheable(…)': (wrong) => Cacheable(wrong),
  '@CachePut(…)': (wrong) => CachePut(wrong),
  '@CacheEvict(…)': (wrong) => CacheEvict(wrong),
  '@HttpCache(…)': (wrong) => HttpCache(wrong),
  'RateLimiter.consume(policy, subject, …)': (wrong) => limiter.consume(policy, 's', wrong),
  'RateLimiter.consume(…, subject)': (wrong) => limiter.consume(wrong, 's'),
  'RateLimiter.consume([…], subject)': (wrong) => limiter.consume([policy, wrong], 's'),
  'RateLimiter.check(policy, subject, …)': (wrong) => limiter.check(policy, 's', wrong),
  'RateLimiter.wait(policy, subject, …)': (wrong) => limiter.wait(policy, 's', wrong),
  'RateLimiter.acquire(policy, subject, …)': (wrong) =>
    limiter.acquire({ ...policy, name: 'busy', algorithm: 'concurrency' }, 's', wrong),
};

/** Takes a wrong argument where a call takes a duration. */
const durationOf: Readonly<Record<string, (wrong: never) => unknown>> = {
  'duration(…)': (wrong) => duration(wrong),
  'RedisAdapter.set(key, value, …)': (wrong) => adapter.set('k', 1, wrong),
  'RedisAdapter.setMany([{ ttl }])': (ttl) => adapter.setMany([{ key: 'k', value: 1, ttl }]),
  'RedisAdapter.expire(key, …)': (wrong) => adapter.expire('k', wrong),
  'RedisAdapter.with({ deadline })': (deadline) => adapter.with({ deadline }),
  'MemoryAdapter.set(key, value, …)': (wrong) => memory.set('k', 1, wrong),
  'MemoryAdapter.expire(key, …)': (wrong) => memory.expire('k', wrong),
  'CacheService.set(key, value, { ttl })': (ttl) => cache.set('k', 1, { ttl }),
  'CacheService.setMany([{ ttl }])': (ttl) => cache.setMany([{ key: 'k', value: 1, ttl }]),
  'CacheService.getOrSet(key, loader, { ttl })': (ttl) => cache.getOrSet('k', () => 1, { ttl }),
  'CacheService.getOrSet(key, loader, { negativeTtl })': (negativeTtl) => cache.getOrSet('k', () => 1, { negativeTtl }),
  'CacheService.getOrSet(key, loader, { loadTimeout })': (loadTimeout) => cache.getOrSet('k', () => 1, { loadTimeout }),
  'CacheService.expire(key, …)': (wrong) => cache.expire('k', wrong),
  '@Cacheable({ ttl })': (ttl) => Cacheable({ ttl }),
  '@HttpCache({ ttl })': (ttl) => HttpCache({ ttl }),
  'LoadContext.ttl(…)': (wrong) => cache.getOrSet('absent', ({ ttl }) => ttl(wrong)),
  'RateLimiter.block(policy, subject, …)': (wrong) => limiter.block(policy, 's', wrong),
  'RateLimiter.wait(policy, subject, { deadline })': (deadline) => limiter.wait(policy, 's', { deadline }),
  'RateLimiter.consume({ window }, subject)': (window) => limiter.consume({ ...policy, window }, 's'),
};

class Options {
  readonly ttl = '1h';
}

const WRONG: readonly (readonly [string, unknown])[] = [
  ['a Date', new Date()],
  ['a Map', new Map()],
  ['a Promise', Promise.resolve({})],
  ['a RegExp', /a/],
  ['an array', []],
  ['a Buffer', Buffer.from('1h')],
  ['an instance of a class', new Options()],
  ['a function', () => ({})],
  ['a symbol', Symbol('1h')],
  ['a bigint', 5n],
  ['a boxed string', Object('1h')],
];

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return 'accepted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

for (const [title, calls] of [
  ['an argument for options', optionsOf],
  ['an argument for a duration', durationOf],
] as const) {
  describe(title, () => {
    for (const [name, call] of Object.entries(calls)) {
      test(`of ${name} is refused unless it is one`, async () => {
        const codes = WRONG.map(async ([what, wrong]) => [what, await codeOf(() => call(wrong as never))]);
        expect(await Promise.all(codes)).toEqual(WRONG.map(([what]) => [what, 'OPTION_INVALID']));
      });
    }
  });
}

describe('null as an argument for options', () => {
  for (const [name, call] of Object.entries(optionsOf)) {
    test(`of ${name} is refused`, async () => {
      expect(await codeOf(() => call(null as never))).toBe('OPTION_INVALID');
    });
  }
});
