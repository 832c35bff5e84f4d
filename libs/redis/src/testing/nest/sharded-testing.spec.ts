import { Inject, Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { RedisModule } from '../../nest/redis.module.js';
import { InjectShardedCache } from '../../nest/tokens/redis.tokens.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import { CacheService } from '../../service/cache/cache.service.js';
import { ShardedCache } from '../../service/sharded/sharded.cache.js';
import { overrideRedis } from './override-redis.js';
import { RedisTestingModule } from './redis-testing.module.js';
import { TestClock } from './test-clock.js';

const SHARDS = [
  { id: 'eu-1', connection: 'redis://127.0.0.1:1' },
  { id: 'eu-2', connection: 'redis://127.0.0.1:2', weight: 3 },
];

@Injectable()
class Cities {
  constructor(
    @Inject(CacheService) readonly cache: CacheService,
    @InjectShardedCache() readonly shards: ShardedCache,
  ) {}
}

/** An application whose servers must not be used by tests. */
@Module({ imports: [RedisModule.forRoot({ shards: SHARDS, keyPrefix: 'shop:' })], providers: [Cities] })
class AppModule {}

const apps: TestingModule[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function started(app: TestingModule): Promise<TestingModule> {
  apps.push(app);
  return app.init();
}

describe('overrideRedis of an application with shards', () => {
  it('replaces each shard by an embedded store, and keys stay on their shards', async () => {
    const app = await started(await overrideRedis(Test.createTestingModule({ imports: [AppModule] })).compile());
    const { cache, shards } = app.get(Cities);
    expect(Object.values(shards.status()).map(({ mode }) => mode)).toEqual(['memory', 'memory']);
    const inProduction = new ShardedCache(SHARDS, { keyPrefix: 'shop:' });
    for (let i = 0; i < 20; i++) {
      await cache.set(`k${i}`, i);
      expect(await shards.has(`cache:k${i}`)).toBe(true);
      expect(shards.locate(`cache:k${i}`)).toEqual(inProduction.locate(`cache:k${i}`));
    }
  });

  it('expires values and refills limits by the clock of the test', async () => {
    const clock = new TestClock();
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const app = await started(await overrideRedis(builder, { clock }).compile());
    const [cities, limiter] = [app.get(Cities), app.get(RateLimiter)];
    const policy = { name: 'api', limit: 1, window: '1m' } as const;
    await cities.cache.set('k', 1, '10m');
    await cities.shards.set('plain', 1, '10m');
    expect(await limiter.consume(policy, 'me')).toMatchObject({ allowed: true });
    expect(await limiter.consume(policy, 'me')).toMatchObject({ allowed: false });
    clock.advance('599s');
    expect([await cities.cache.get('k'), await cities.shards.get('plain')]).toEqual([1, 1]);
    expect(await limiter.consume(policy, 'me')).toMatchObject({ allowed: true });
    clock.advance('1s');
    expect([await cities.cache.get('k'), await cities.shards.get('plain')]).toEqual([undefined, undefined]);
  });
});

describe('RedisTestingModule with shards', () => {
  it('provides a ShardedCache on embedded stores', async () => {
    const imports = [RedisTestingModule.forRoot({ shards: SHARDS })];
    const app = await started(await Test.createTestingModule({ imports, providers: [Cities] }).compile());
    const { cache, shards } = app.get(Cities);
    expect(await cache.getOrSet('k', () => 1)).toBe(1);
    expect(await shards.has('cache:k')).toBe(true);
  });
});
