import { ConsoleLogger, Inject, Injectable, Logger, Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  CacheService,
  getCacheToken,
  getRateLimiterToken,
  getRedisToken,
  InjectCache,
  InjectRateLimiter,
  InjectRedis,
  RateLimiter,
  RedisAdapter,
  RedisModule,
  type RedisModuleOptions,
  type RedisOptionsFactory,
} from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';

let server: RedisServer;
const { boot, forget } = bootedApps();

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('RedisModule.forRoot', () => {
  test('provides the adapter and the cache by class to all modules', async () => {
    @Injectable()
    class Cities {
      constructor(
        @Inject(CacheService) readonly cache: CacheService,
        @Inject(RedisAdapter) readonly redis: RedisAdapter,
        @InjectCache() readonly sameCache: CacheService,
        @InjectRedis() readonly sameRedis: RedisAdapter,
      ) {}
    }
    @Module({ providers: [Cities] })
    class CitiesModule {}
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'app:' }), CitiesModule);
    const { cache, redis, sameCache, sameRedis } = app.get(Cities, { strict: false });
    expect([sameCache, sameRedis]).toEqual([cache, redis]);
    expect(await cache.getOrSet('k', () => ({ from: 'loader' }))).toEqual({ from: 'loader' });
    expect(await redis.get('cache:k')).toEqual({ from: 'loader' });
    expect(await redis.client.exists('app:cache:k')).toBe(1);
  });

  test('with isGlobal false provides nothing to modules that do not import it', async () => {
    @Injectable()
    class Cities {
      constructor(@Inject(CacheService) readonly cache: CacheService) {}
    }
    @Module({ providers: [Cities] })
    class CitiesModule {}
    await expect(boot(RedisModule.forRoot({ isGlobal: false }), CitiesModule)).rejects.toThrow(
      /can't resolve dependencies/,
    );
  });

  test('uses the embedded store when nothing is configured, and logs that once, in production as a warning', async () => {
    const app = await boot(RedisModule.forRoot());
    const redis = app.get(RedisAdapter);
    expect(redis.mode).toBe('memory');
    expect(redis.status().state).toBe('up');
    expect(() => redis.client).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    await app.get(CacheService).set('k', 1);
    expect(await redis.get('cache:k')).toBe(1);
    expect(Logger.prototype.log).toHaveBeenCalledWith(expect.stringContaining('embedded store'));
    vi.stubEnv('NODE_ENV', 'production');
    await boot(RedisModule.forRoot({ connection: '' }));
    expect(Logger.prototype.warn).toHaveBeenCalledTimes(1);
  });

  test('takes the connection from the environment when the option is absent', async () => {
    vi.stubEnv('REDIS_URL', server.url);
    const app = await boot(RedisModule.forRoot());
    expect(app.get(RedisAdapter).mode).toBe('standalone');
    await app.get(RedisAdapter).set('k', 1);
  });

  const bad: readonly (readonly [object, string])[] = [
    [{ connection: 'redis://h:99999' }, 'connection'],
    [{ connection: { host: 'h', port: 0 } }, 'connection.port'],
    [{ keyPrefix: 5 }, 'keyPrefix'],
    [{ resilience: { deadline: 0 } }, 'resilience.deadline'],
    [{ cache: { ttl: -1 } }, 'ttl'],
    [{ cache: { namespace: 'a:b' } }, 'namespace'],
    [{ rateLimit: { key: 'session' } }, 'rateLimit.key'],
    [{ rateLimit: { headers: 'all' } }, 'rateLimit.headers'],
    [{ rateLimit: { default: ['api'] } }, 'rateLimit.default[0]'],
    [{ rateLimit: { limit: 5 } }, 'rateLimit.limit'],
    [{ failFast: 'yes' }, 'failFast'],
    [{ shutdownTimeout: '1h' }, 'shutdownTimeout'],
    [{ conection: server }, 'conection'],
  ];
  for (const [options, path] of bad) {
    test(`fails the start of the application for an invalid ${path}`, async () => {
      await expect(boot(RedisModule.forRoot(options))).rejects.toEqual(
        invalid(path === 'ttl' || path === 'namespace' ? `cache.${path}` : path),
      );
    });
  }
});

describe('RedisModule.forRootAsync', () => {
  const options = (): RedisModuleOptions => ({ connection: server.url, keyPrefix: 'async:' });

  test('passes the injected values to the factory, also from extraProviders', async () => {
    const app = await boot(
      RedisModule.forRootAsync({
        extraProviders: [{ provide: 'URL', useFactory: () => server.url }],
        inject: ['URL', { token: 'ABSENT', optional: true }],
        useFactory: async (url: string, absent: unknown) => ({
          connection: url,
          keyPrefix: absent === undefined ? 'injected:' : '',
        }),
      }),
    );
    await app.get(CacheService).set('k', 1);
    expect(await app.get(RedisAdapter).client.exists('injected:cache:k')).toBe(1);
  });

  test('takes options from useClass and from useExisting', async () => {
    @Injectable()
    class Options implements RedisOptionsFactory {
      createRedisOptions(): RedisModuleOptions {
        return options();
      }
    }
    @Module({ providers: [Options], exports: [Options] })
    class OptionsModule {}
    const fromClass = await boot(RedisModule.forRootAsync({ useClass: Options }));
    expect(fromClass.get(RedisAdapter).mode).toBe('standalone');
    const existing = await boot(RedisModule.forRootAsync({ imports: [OptionsModule], useExisting: Options }));
    expect(existing.get(RedisAdapter).mode).toBe('standalone');
  });

  test('throws OPTION_INVALID without a source of options, or with two', () => {
    expect(() => RedisModule.forRootAsync({} as never)).toThrow(invalid('forRootAsync'));
    expect(() => RedisModule.forRootAsync({ useFactory: options, useClass: class {} as never })).toThrow(
      invalid('forRootAsync'),
    );
  });

  for (const name of ['name', 'isGlobal', 'extraProviders']) {
    test(`fails the start when the factory returns ${name}, an option of the registration`, async () => {
      const factory = (): RedisModuleOptions => ({ ...options(), [name]: undefined });
      await expect(boot(RedisModule.forRootAsync({ useFactory: factory }))).rejects.toEqual(invalid(name));
    });
  }
});

describe('named instances of RedisModule', () => {
  test('are independent of the unnamed instance', async () => {
    @Injectable()
    class Both {
      constructor(
        @InjectCache('sessions') readonly sessions: CacheService,
        @InjectRedis('sessions') readonly redis: RedisAdapter,
        @Inject(CacheService) readonly cache: CacheService,
      ) {}
    }
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'one:' }),
      RedisModule.forRootAsync({ name: 'sessions', useFactory: () => ({ connection: 'memory://' }) }),
      { module: class {}, providers: [Both] },
    );
    const { sessions, redis, cache } = app.get(Both, { strict: false });
    await cache.set('k', 'default');
    await sessions.set('k', 'sessions');
    expect(await cache.get('k')).toBe('default');
    expect(redis.mode).toBe('memory');
    expect(app.get(getCacheToken('sessions'))).toBe(sessions);
    expect(app.get(getRedisToken('sessions'))).toBe(redis);
    expect(getCacheToken('sessions')).toBe('nestjs-redis-infra:cache:sessions');
  });

  test('fail the start when two have the same name in one application, but not in two applications', async () => {
    const twice = [RedisModule.forRoot({ name: 'a' }), RedisModule.forRoot({ name: 'a', keyPrefix: 'b:' })];
    await expect(boot(...twice)).rejects.toEqual(invalid('name'));
    await expect(boot(RedisModule.forRoot(), RedisModule.forRoot())).rejects.toEqual(invalid('name'));
    await boot(RedisModule.forRoot({ name: 'a' }));
    await boot(RedisModule.forRoot({ name: 'a' }));
  });

  test('may be imported by several modules as one registration', async () => {
    const shared = RedisModule.forRoot({ isGlobal: false });
    class A {}
    class B {}
    await boot({ module: A, imports: [shared] }, { module: B, imports: [shared] });
  });

  test('throw OPTION_INVALID for an invalid name', () => {
    for (const name of ['', 'a b', 'x'.repeat(65)])
      expect(() => RedisModule.forRoot({ name })).toThrow(invalid('name'));
  });
});

describe('the log of the limiter', () => {
  test('has one line when limits are decided without Redis although it is connected, without the subject', async () => {
    const rateLimit = { deadline: '10s' } as const;
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'foreign-limit:', rateLimit }));
    await app.get(RedisAdapter).connect();
    const limiter = app.get(RateLimiter);
    const policy = { name: 'api', limit: 1, window: '1m' } as const;
    await limiter.consume(policy, 'canary');
    const [key] = await (app.get(RedisAdapter).client as Redis).keys('foreign-limit:*canary');
    await app.get(RedisAdapter).client.del(key as string);
    await app.get(RedisAdapter).client.rpush(key as string, 'not ours');
    const first = await limiter.consume(policy, 'canary');
    const second = await limiter.consume(policy, 'canary');
    expect([first.source, second.source]).toEqual(['local', 'local']);
    const lines = vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
    expect(lines).toEqual([expect.stringMatching(/^WRONG_TYPE: a rate limit was decided without Redis/)]);
    expect(lines.join()).not.toContain('canary');
  });
});

describe('the codec of the module', () => {
  const codec = { encryption: { keys: [{ id: 'a', secret: 'a secret of the application' }] } };

  test('encodes the values of the adapter and the cache, unless a namespace has its own codec', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'sealed:', codec }));
    const [cache, redis] = [app.get(CacheService), app.get(RedisAdapter)];
    await cache.set('k', 'Bern');
    await cache.namespace('open', { codec: {} }).set('k', 'Bern');
    expect(await redis.client.getBuffer('sealed:cache:k')).toHaveLength(52 + 4);
    expect(await redis.client.get('sealed:cache:open::k')).toBe('"Bern"');
    expect(await cache.get('k')).toBe('Bern');
  });

  test('logs once a minute that a stored value is unreadable, without the value', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, keyPrefix: 'foreign:', codec }));
    const [cache, redis] = [app.get(CacheService), app.get(RedisAdapter)];
    await redis.set('warm', 1);
    await redis.client.set('foreign:cache:inner::canary', '"canary"');
    for (let i = 0; i < 3; i++) expect(await cache.namespace('inner').get('canary')).toBeUndefined();
    const lines = vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
    expect(lines).toEqual([expect.stringContaining('CODEC_PLAINTEXT_REJECTED')]);
    expect(lines.join()).not.toContain('canary');
  });

  test('logs once a minute that a key is too long, without the key', async () => {
    const app = await boot(RedisModule.forRoot({ connection: 'memory://' }));
    const cache = app.get(CacheService);
    for (let i = 0; i < 3; i++) expect(await cache.getOrSet('canary'.repeat(200), () => i)).toBe(i);
    const lines = vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
    expect(lines).toEqual([expect.stringContaining('KEY_INVALID')]);
    expect(lines.join()).not.toContain('canary');
  });

  test('fails the start of the application for invalid options', async () => {
    const bad = [
      [{ encryption: { keys: [] } }, 'codec.encryption.keys'],
      [{ compression: { level: 99 } }, 'codec.compression.level'],
      [{ compression: true, ...codec }, 'codec.encryption.compressBeforeEncrypt'],
      [{ serializer: 'yaml' }, 'codec.serializer'],
      [{ types: [{ name: 'x' }] }, 'codec.types[0].is'],
    ] as const;
    for (const [options, path] of bad) {
      await expect(boot(RedisModule.forRoot({ codec: options as never }))).rejects.toEqual(invalid(path));
    }
    const cache = { codec: { maxEncodedBytes: 0 } };
    await expect(boot(RedisModule.forRoot({ cache }))).rejects.toEqual(invalid('cache.codec.maxEncodedBytes'));
  });
});

describe('the rate limiter of the module', () => {
  // A busy machine must not exceed the deadline of a decision.
  const rateLimit = { policies: [{ name: 'api', limit: 2, window: '1h' }], deadline: '10s' } as const;

  test('is injected by class and by name', async () => {
    @Injectable()
    class Limits {
      constructor(
        @Inject(RateLimiter) readonly limiter: RateLimiter,
        @InjectRateLimiter() readonly same: RateLimiter,
        @InjectRateLimiter('other') readonly other: RateLimiter,
      ) {}
    }
    const app = await boot(
      RedisModule.forRoot({ connection: server.url, keyPrefix: 'limits:', rateLimit }),
      RedisModule.forRoot({ name: 'other', connection: server.url, keyPrefix: 'other:', rateLimit }),
      { module: class {}, providers: [Limits] },
    );
    const { limiter, same, other } = app.get(Limits, { strict: false });
    expect(same).toBe(limiter);
    expect(app.get(getRateLimiterToken('other'))).toBe(other);
    expect(getRateLimiterToken('other')).toBe('nestjs-redis-infra:rate-limiter:other');
    expect(await limiter.consume('api', 'me', { cost: 2 })).toMatchObject({ allowed: true, remaining: 0 });
    expect(await limiter.consume('api', 'me')).toMatchObject({ allowed: false });
    expect(await other.consume('api', 'me')).toMatchObject({ allowed: true, remaining: 1 });
  });

  test('is closed before the connection, which it may need to return leases', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, rateLimit }));
    const redis = app.get(RedisAdapter);
    await redis.connect();
    const states: string[] = [];
    vi.spyOn(app.get(RateLimiter), 'close').mockImplementation(async () => {
      await redis.get('k');
      states.push(redis.status().state);
    });
    await app.close();
    forget();
    expect([...states, redis.status().state]).toEqual(['up', 'closed']);
  });

  test('does not keep the connection open when its close() rejects', async () => {
    const app = await boot(RedisModule.forRoot({ connection: server.url, rateLimit }));
    const redis = app.get(RedisAdapter);
    await redis.connect();
    vi.spyOn(app.get(RateLimiter), 'close').mockRejectedValue(new Error('close failed'));
    vi.spyOn(ConsoleLogger.prototype, 'error').mockImplementation(() => {});
    // NestJS 12 logs the error of a hook, NestJS 11 passes it on.
    await Promise.allSettled([app.close()]);
    forget();
    expect(redis.status().state).toBe('closed');
  });
});
