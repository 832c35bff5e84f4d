import { Test, type TestingModule } from '@nestjs/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CacheService,
  getRedisToken,
  MemoryAdapter,
  RateLimiter,
  RedisAdapter,
  RedisModule,
  type CacheStore,
} from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';

const apps = bootedApps();

// If a source were read as connection options, it would connect here and not to the Redis of a developer.
beforeEach(() => void vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1'));

const partialStores: readonly (readonly [string, unknown, string])[] = [
  ['a Map', new Map(), 'getMany'],
  ['an empty object', {}, 'getMany'],
  ['an object with get and set', { get: async () => {}, set: async () => {} }, 'getMany'],
  ['an object with the three methods a read and a write need', { get() {}, set() {}, getMany() {} }, 'hset'],
  ['null', null, 'getMany'],
];

const naming = (path: string, method: string): unknown =>
  expect.objectContaining({
    code: 'OPTION_INVALID',
    context: { path },
    message: expect.stringMatching(new RegExp(`\\b${method}\\b`)),
  });

function bootWith(replacement: unknown, name?: string): Promise<TestingModule> {
  const module = RedisModule.forRoot({ connection: 'memory://', ...(name === undefined ? {} : { name }) });
  const builder = Test.createTestingModule({ imports: [module] });
  return apps.bootWith(builder.overrideProvider(getRedisToken(name)).useValue(replacement));
}

describe('overrideProvider(RedisAdapter)', () => {
  for (const [description, replacement, missing] of partialStores) {
    test(`with ${description} fails the start and names the missing methods`, async () => {
      await expect(bootWith(replacement)).rejects.toEqual(naming('RedisAdapter', missing));
    });
  }

  test('with a partial store in a named instance fails the start and names the instance', async () => {
    await expect(bootWith(new Map(), 'sessions')).rejects.toEqual(naming('RedisAdapter(sessions)', 'getMany'));
  });

  test('with a MemoryAdapter stores the values of the cache in it', async () => {
    const store = new MemoryAdapter();
    const app = await bootWith(store);
    await app.get(CacheService).set('k', 1);
    expect(await store.get('cache:k')).toBe(1);
  });

  test('with a store without scripts counts rate limits in memory', async () => {
    const store: CacheStore = Object.create(new MemoryAdapter(), { can: { value: undefined } });
    const app = await bootWith(store);
    const policy = { name: 'api', limit: 1, window: '1h' } as const;
    const limiter = app.get(RateLimiter);
    const decisions = [await limiter.consume(policy, 'a'), await limiter.consume(policy, 'a')];
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false]);
  });

  test('with a partial store starts when CacheService is overridden as well', async () => {
    const builder = Test.createTestingModule({ imports: [RedisModule.forRoot({ connection: 'memory://' })] })
      .overrideProvider(RedisAdapter)
      .useValue({})
      .overrideProvider(CacheService)
      .useValue({ get: async () => 1 });
    const app = await apps.bootWith(builder);
    expect(await app.get(CacheService).get('k')).toBe(1);
  });
});

describe('a source that is neither a store nor a connection', () => {
  const sources: readonly (readonly [string, unknown])[] = [
    ['a Map', new Map()],
    ['an object with get and set', { get() {}, set() {} }],
    ['a Date', new Date()],
    ['an instance of an unrelated class', new (class Config {})()],
    ['a Promise', Promise.resolve(new MemoryAdapter())],
    ['a function', () => new MemoryAdapter()],
    ['null', null],
  ];
  const refused = expect.objectContaining({ code: 'OPTION_INVALID' });

  for (const [description, source] of sources) {
    test(`${description} is refused by CacheService, RateLimiter and RedisAdapter`, () => {
      expect(() => new CacheService(source as never)).toThrow(refused);
      expect(() => new RateLimiter(source as never)).toThrow(refused);
      expect(() => new RedisAdapter(source as never)).toThrow(refused);
    });
  }

  test('is refused with the names of the missing methods', () => {
    expect(() => new CacheService(new Map() as never)).toThrow(naming('source', 'getMany'));
    expect(() => new RateLimiter(new Map() as never)).toThrow(naming('source', 'getMany'));
  });
});
