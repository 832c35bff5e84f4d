import { Inject, Injectable, Logger, Module, Optional } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test, vi } from 'vitest';
import {
  CacheService,
  getRedisToken,
  getShardedCacheToken,
  InjectRedis,
  InjectShardedCache,
  RateLimiter,
  RedisAdapter,
  RedisModule,
  ShardedCache,
  type RedisModuleOptions,
} from '../../src/index.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { keyOn, startServers, STAMP } from '../support/sharded.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const { boot, bootWith, forget } = bootedApps();

const idOf = (at: number): string => `eu-${at}`;

/** Options of a module with one shard on each server. */
function shardsOn(servers: readonly RedisServer[], options: RedisModuleOptions = {}): RedisModuleOptions {
  const shards = servers.map(({ url }, at) => ({ id: idOf(at), connection: url }));
  return { shards, keyPrefix: 'app:', ...LONG_DEADLINE, ...options };
}

/** Where a key is: the indexes of the servers. */
async function holders(servers: readonly RedisServer[], key: string): Promise<number[]> {
  const found = await Promise.all(servers.map((server) => server.command('EXISTS', key)));
  return found.flatMap((count, at) => (count === 1 ? [at] : []));
}

const warnings = (): string[] => vi.mocked(Logger.prototype.warn).mock.calls.map(([line]) => String(line));
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'OPTION_INVALID',
    context: { path: 'shards' },
    message: expect.stringMatching(message) as string,
  });

describe('RedisModule with shards', () => {
  test('provides a ShardedCache by class, on which the cache works', async () => {
    @Injectable()
    class Cities {
      constructor(
        @Inject(ShardedCache) readonly shards: ShardedCache,
        @InjectShardedCache() readonly same: ShardedCache,
        @Inject(CacheService) readonly cache: CacheService,
      ) {}
    }
    const servers = await startServers(started, 3);
    const app = await boot(RedisModule.forRoot(shardsOn(servers)), { module: class {}, providers: [Cities] });
    const { shards, same, cache } = app.get(Cities, { strict: false });
    expect(same).toBe(shards);
    expect(cache.store).toBe(shards);
    for (let i = 0; i < 30; i++) {
      expect(await cache.getOrSet(`k${i}`, () => i)).toBe(i);
      const { shard } = shards.locate(`cache:k${i}`);
      expect((await holders(servers, `app:cache:k${i}`)).map(idOf)).toEqual([shard]);
    }
    const used = new Set(Array.from({ length: 30 }, (_, i) => shards.locate(`cache:k${i}`).shard));
    expect(used.size).toBe(3);
  });

  test('provides named instances that are independent of each other', async () => {
    const servers = await startServers(started, 2);
    const app = await boot(
      RedisModule.forRoot({ connection: 'memory://' }),
      RedisModule.forRootAsync({ name: 'sessions', useFactory: () => shardsOn(servers) }),
    );
    const sessions = app.get(getShardedCacheToken('sessions'));
    expect(getShardedCacheToken('sessions')).toBe('nestjs-redis-infra:sharded-cache:sessions');
    expect(sessions).toBeInstanceOf(ShardedCache);
    expect(app.get(RedisAdapter).mode).toBe('memory');
    await sessions.set('k', 1);
    expect(await app.get(RedisAdapter).has('k')).toBe(false);
  });

  test('does not read the connection of the environment', async () => {
    vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1');
    const servers = await startServers(started, 1);
    const app = await boot(RedisModule.forRoot(shardsOn(servers, { failFast: true })));
    expect(app.get(ShardedCache).status()).toMatchObject({ 'eu-0': { state: 'up' } });
  });

  test('counts rate limits on the shard of the subject, and each subject on one shard', async () => {
    const servers = await startServers(started, 3);
    const rateLimit = { policies: [{ name: 'api', limit: 2, window: '1h' }], deadline: '10s' } as const;
    const app = await boot(RedisModule.forRoot(shardsOn(servers, { rateLimit })));
    const limiter = app.get(RateLimiter);
    const subjects = Array.from({ length: 20 }, (_, i) => `user-${i}`);
    for (const remaining of [1, 0]) {
      const decisions = await Promise.all(subjects.map((subject) => limiter.consume('api', subject)));
      expect(new Set(decisions.map((decision) => decision.remaining))).toEqual(new Set([remaining]));
      expect(new Set(decisions.map(({ source }) => source))).toEqual(new Set(['redis']));
    }
    const refused = await Promise.all(subjects.map((subject) => limiter.consume('api', subject)));
    expect(refused.some(({ allowed }) => allowed)).toBe(false);
    const keys = await Promise.all(servers.map((server) => server.command('KEYS', 'app:{rl:*')));
    const counts = keys.map((found) => (Array.isArray(found) ? found.length : 0));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(counts.every((count) => count > 0)).toBe(true);
  });
});

describe('the lifecycle of RedisModule with shards', () => {
  test('starts while a shard is unavailable, and logs its shard when it is back', async () => {
    const servers = await startServers(started, 2);
    await servers[1]?.stop();
    const app = await boot(RedisModule.forRoot(shardsOn(servers)));
    const shards = app.get(ShardedCache);
    const key = keyOn(shards, idOf(0));
    await shards.set(key, 1);
    expect(await shards.get(key)).toBe(1);
    await eventually(() => warnings().some((line) => line.startsWith('shard eu-1: Redis is down')));
    expect(warnings().filter((line) => line.startsWith('shard eu-0'))).toEqual([]);
    expect(shards.status()['eu-1']?.state).not.toBe('up');
  });

  test('fails the start if a shard is unavailable and failFast is set, and closes the other shards', async () => {
    const servers = await startServers(started, 2);
    await servers[1]?.stop();
    await expect(boot(RedisModule.forRoot(shardsOn(servers, { failFast: true })))).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
    await eventually(async () => {
      const clients = String(await servers[0]?.command('CLIENT', 'LIST', 'TYPE', 'NORMAL'));
      return clients.trim().split('\n').length === 1;
    });
  });

  test('closes the limiter, then the cache, then the shards', async () => {
    const servers = await startServers(started, 2);
    const app = await boot(RedisModule.forRoot(shardsOn(servers, { failFast: true })));
    const shards = app.get(ShardedCache);
    const states: (string | undefined)[] = [];
    vi.spyOn(app.get(RateLimiter), 'close').mockImplementation(async () => {
      await shards.get('k');
      states.push(shards.status()['eu-0']?.state);
    });
    await app.close();
    forget();
    expect([...states, ...Object.values(shards.status()).map(({ state }) => state)]).toEqual([
      'up',
      'closed',
      'closed',
    ]);
  });

  test('logs an outage of one shard with the name of the shard, and serves the other shards', async () => {
    const servers = await startServers(started, 2);
    const app = await boot(RedisModule.forRoot(shardsOn(servers, { failFast: true, resilience: {} })));
    const [shards, cache] = [app.get(ShardedCache), app.get(CacheService)];
    const [up, down] = [0, 1].map((at) => {
      for (let i = 0; ; i++) if (shards.locate(`cache:k${i}`).shard === idOf(at)) return `k${i}`;
    });
    await servers[1]?.stop();
    await eventually(async () => {
      await cache.delete(String(down));
      return warnings().some((line) => line.startsWith('shard eu-1: the cache answers from memory'));
    }, 20_000);
    await cache.set(String(up), 'value');
    expect(await cache.get(String(up))).toBe('value');
    expect(warnings().filter((line) => line.startsWith('shard eu-0'))).toEqual([]);
  });

  test('logs an error if a server carries the stamp of another shard', async () => {
    const errors = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const servers = await startServers(started, 2);
    await servers[1]?.command('SET', `app:${STAMP}`, JSON.stringify({ id: 'us-1', topology: 'x' }));
    await boot(RedisModule.forRoot(shardsOn(servers)));
    await eventually(() => errors.mock.calls.length > 0);
    expect(errors.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringMatching(/^shard eu-1: its server is not used: it carries the stamp of shard us-1; check/),
    ]);
  });
});

describe('the store that an instance of RedisModule does not have', () => {
  const shards = [{ id: 'a', connection: 'memory://' }];

  @Injectable()
  class OldCode {
    constructor(@Inject(RedisAdapter) readonly redis: RedisAdapter) {}
  }

  @Injectable()
  class OldProperty {
    @InjectRedis() readonly redis: RedisAdapter | undefined;
  }

  test.each<[string, object]>([
    ['OldCode', OldCode],
    ['OldProperty', OldProperty],
    ['old-factory', { provide: 'old-factory', inject: [RedisAdapter], useFactory: () => 1 }],
  ])('fails the start with the name of the provider that injects RedisAdapter: %s', async (name, provider) => {
    const providers = [provider as typeof OldCode];
    await expect(boot(RedisModule.forRoot({ shards }), { module: class {}, providers })).rejects.toEqual(
      invalid(new RegExp(`${name} injects RedisAdapter, but this instance has shards: inject ShardedCache`)),
    );
  });

  test('fails the start if a controller injects it', async () => {
    @Module({ imports: [RedisModule.forRootAsync({ useFactory: () => ({ shards }) })], controllers: [OldCode] })
    class App {}
    await expect(boot(App)).rejects.toEqual(invalid(/^shards: OldCode injects RedisAdapter/));
  });

  test('fails the start if a provider injects ShardedCache without the option shards', async () => {
    @Injectable()
    class NewCode {
      constructor(@InjectShardedCache('b') readonly cache: ShardedCache) {}
    }
    const named = RedisModule.forRoot({ name: 'b', connection: 'memory://' });
    await expect(boot(named, { module: class {}, providers: [NewCode] })).rejects.toEqual(
      invalid(/NewCode injects nestjs-redis-infra:sharded-cache:b, but this instance has one connection/),
    );
  });

  test('is undefined for providers that inject it as optional', async () => {
    @Injectable()
    class Either {
      @Optional() @InjectShardedCache() readonly shardedProperty: ShardedCache | undefined;
      constructor(
        @Inject(ShardedCache) readonly sharded: ShardedCache,
        @Optional() @InjectRedis() readonly redis: RedisAdapter | undefined,
      ) {}
    }
    const factory = {
      provide: 'either',
      inject: [{ token: getRedisToken(), optional: true }],
      useFactory: (redis?: RedisAdapter) => redis === undefined,
    };
    const app = await boot(RedisModule.forRoot({ shards }), { module: class {}, providers: [Either, factory] });
    const { sharded, redis } = app.get(Either, { strict: false });
    expect(sharded).toBeInstanceOf(ShardedCache);
    expect(redis).toBeUndefined();
    expect(app.get('either', { strict: false })).toBe(true);
  });

  test('may be provided by a test', async () => {
    const stand = { get: async () => 1 };
    const builder = Test.createTestingModule({ imports: [RedisModule.forRoot({ shards })], providers: [OldCode] });
    const app = await bootWith(builder.overrideProvider(RedisAdapter).useValue(stand));
    expect(app.get(OldCode).redis).toBe(stand);
  });
});
