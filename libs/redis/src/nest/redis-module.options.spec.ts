import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import type { RedisModuleAsyncOptions, RedisModuleOptions, RedisOptionsFactory } from './redis-module.options.js';
import { RedisModule } from './redis.module.js';

class Options implements RedisOptionsFactory {
  createRedisOptions(): RedisModuleOptions {
    return { connection: 'memory://' };
  }
}

const refused = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('RedisModule.forRoot', () => {
  it.each<[string, unknown]>([
    ['a url', 'redis://127.0.0.1:6379'],
    ['null', null],
    ['a Date', new Date()],
    ['a Map', new Map()],
    ['an array', ['redis://127.0.0.1:6379']],
    ['a number', 6379],
    ['an instance of a class', new Options()],
  ])('throws OPTION_INVALID for %s', (_, options) => {
    expect(() => RedisModule.forRoot(options as never)).toThrow(refused('forRoot'));
  });

  it('names the option connection when it is called with a url', () => {
    expect(() => RedisModule.forRoot('redis://127.0.0.1:6379' as never)).toThrow("{ connection: 'redis://…' }");
  });
});

describe('RedisModule.forRootAsync', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a url', 'redis://127.0.0.1:6379'],
    ['a factory instead of the options', () => ({})],
    ['no source of options', {}],
    ['two sources of options', { useFactory: () => ({}), useClass: Options }],
  ])('throws OPTION_INVALID for %s', (_, options) => {
    expect(() => RedisModule.forRootAsync(options as never)).toThrow(refused('forRootAsync'));
  });
});

describe('the options of the cache', () => {
  it.each<[string, object]>([
    ['cache.near.maxEntries', { near: { maxEntries: 0 } }],
    ['cache.near.maxBytes', { near: { maxBytes: 'big' } }],
    ['cache.near.ttl', { near: { ttl: 'soon' } }],
    ['cache.near.coherence', { near: { coherence: 'none' } }],
    ['cache.near.shared', { near: { shared: 1 } }],
    ['cache.near.size', { near: { size: 1 } }],
    ['cache.near', { near: 'yes' }],
    ['cache.staleWhileRevalidate', { staleWhileRevalidate: 'long' }],
    ['cache.errorTtl', { errorTtl: -1 }],
    ['cache.maxConcurrentRefreshes', { maxConcurrentRefreshes: 0 }],
  ])('fail the start with the path %s', async (path, cache) => {
    const registrations = [
      RedisModule.forRoot({ connection: 'memory://', cache }),
      RedisModule.forRootAsync({ name: 'other', useFactory: async () => ({ connection: 'memory://', cache }) }),
    ];
    for (const registration of registrations)
      await expect(Test.createTestingModule({ imports: [registration] }).compile()).rejects.toThrow(refused(path));
  });
});

describe('the type RedisModuleAsyncOptions', () => {
  const options: readonly RedisModuleAsyncOptions[] = [
    { useFactory: () => ({}) },
    { useFactory: async (url: string) => ({ connection: url }), inject: ['URL'], name: 'sessions', isGlobal: false },
    { useClass: Options, extraProviders: [] },
    { useExisting: Options, imports: [] },
  ];

  it('compiles with exactly one source of options', () => {
    for (const registration of options)
      expect(RedisModule.forRootAsync(registration)).toMatchObject({ module: RedisModule });
  });

  it('does not compile with no source of options, or with two', () => {
    // @ts-expect-error no source
    const none: RedisModuleAsyncOptions = {};
    // @ts-expect-error no source
    const onlyName: RedisModuleAsyncOptions = { name: 'sessions', imports: [] };
    // @ts-expect-error two sources
    const two: RedisModuleAsyncOptions = { useFactory: () => ({}), useClass: Options };
    // @ts-expect-error a class without createRedisOptions()
    const other: RedisModuleAsyncOptions = { useClass: Map };
    expect([none, onlyName, two, other]).toHaveLength(4);
  });
});
