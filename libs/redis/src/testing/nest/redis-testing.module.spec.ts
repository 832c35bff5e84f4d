import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  UseGuards,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import supertest from 'supertest';
import type { Duration } from '../../common/duration.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { CacheService } from '../../service/cache/cache.service.js';
import { HttpCache } from '../../nest/caching/http/http-cache.decorator.js';
import { HttpCacheInterceptor } from '../../nest/caching/http/http-cache.interceptor.js';
import { Cacheable, CacheEvict } from '../../nest/caching/methods/cache.decorators.js';
import { RateLimit } from '../../nest/rate-limit/policies/rate-limit.decorators.js';
import { RateLimitGuard } from '../../nest/rate-limit/guard/rate-limit.guard.js';
import { RedisModule } from '../../nest/redis.module.js';
import { getCacheToken } from '../../nest/tokens/redis.tokens.js';
import { overrideRedis } from './override-redis.js';
import { RedisTestingModule } from './redis-testing.module.js';
import { TestClock } from './test-clock.js';

@Injectable()
class CitiesService {
  queries = 0;

  constructor(@Inject(CacheService) private readonly cache: CacheService) {}

  find(name: string): Promise<string> {
    return this.cache.getOrSet(`city:${name}`, () => `${name} ${++this.queries}`, { ttl: '10m' });
  }

  @Cacheable({ key: 'size:{name}', ttl: '10m', staleWhileRevalidate: '5m', tags: ['sizes'] })
  async size(name: string): Promise<string> {
    return `${name} ${++this.queries}`;
  }

  @CacheEvict({ tags: ['sizes'] })
  async import(): Promise<void> {}

  @Cacheable({ key: 'error:{name}', errorTtl: '10s' })
  async fail(name: string): Promise<string> {
    throw new Error(`${name} ${++this.queries}`);
  }
}

@Controller('sizes')
@UseInterceptors(HttpCacheInterceptor)
class SizesController {
  private runs = 0;

  @Get()
  @HttpCache({ ttl: '1m', staleWhileRevalidate: '1m' })
  size(): object {
    return { run: ++this.runs };
  }
}

@Controller('cities')
@UseGuards(RateLimitGuard)
@RateLimit({ limit: 2, window: '1m' })
class CitiesController {
  constructor(@Inject(CitiesService) private readonly cities: CitiesService) {}

  @Get()
  bern(): Promise<string> {
    return this.cities.find('bern');
  }
}

/** An application whose Redis must not be used by tests. */
@Module({
  imports: [RedisModule.forRoot({ connection: 'redis://127.0.0.1:1', keyPrefix: 'shop:' })],
  controllers: [CitiesController, SizesController],
  providers: [CitiesService],
})
class AppModule {}

const closing: { close(): Promise<void> }[] = [];
beforeEach(() => vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1'));
afterEach(async () => {
  for (const app of closing.splice(0)) await app.close();
  vi.unstubAllEnvs();
});

async function startApp(clock?: TestClock): Promise<INestApplication> {
  const builder = Test.createTestingModule({ imports: [AppModule] });
  const app = (await overrideRedis(builder, { clock }).compile()).createNestApplication({ logger: false });
  closing.push(app);
  return app.init();
}

const statusOf = async (app: INestApplication): Promise<number> =>
  (await supertest(app.getHttpServer()).get('/cities')).status;

describe('overrideRedis', () => {
  it('replaces the Redis of an application by the embedded store, with the key prefix of the application', async () => {
    const app = await startApp();
    const redis = app.get(RedisAdapter);
    expect(redis.mode).toBe('memory');
    expect((await supertest(app.getHttpServer()).get('/cities')).text).toBe('bern 1');
    const keys: string[] = [];
    for await (const batch of redis.can.keys?.scan() ?? []) keys.push(...batch.keys);
    expect(keys).toContain('cache:city:bern');
    await expect(redis.clear()).resolves.toBeGreaterThan(0);
  });

  it('expires values by the clock of the test', async () => {
    const clock = new TestClock();
    const app = await startApp(clock);
    const cities = app.get(CitiesService);
    expect(await cities.find('thun')).toBe('thun 1');
    clock.advance('599s');
    expect(await cities.find('thun')).toBe('thun 1');
    expect(await app.get(CacheService).ttl('city:thun')).toBe(1);
    clock.advance('1s');
    expect(await cities.find('thun')).toBe('thun 2');
  });

  it('revalidates stale values, and forgets errors, by the clock of the test', async () => {
    const clock = new TestClock();
    const app = await startApp(clock);
    const cities = app.get(CitiesService);
    expect(await cities.size('thun')).toBe('thun 1');
    clock.advance('599s');
    expect(await cities.size('thun')).toBe('thun 1');
    clock.advance('1s');
    expect(await cities.size('thun')).toBe('thun 1');
    await expect.poll(() => cities.size('thun')).toBe('thun 2');
    clock.advance('16m');
    expect(await cities.size('thun')).toBe('thun 3');
    await cities.import();
    expect(await cities.size('thun')).toBe('thun 4');
    await expect(cities.fail('bern')).rejects.toThrow('bern 5');
    clock.advance('9s');
    await expect(cities.fail('bern')).rejects.toThrow(expect.objectContaining({ code: 'LOAD_FAILED' }));
    clock.advance('1s');
    await expect(cities.fail('bern')).rejects.toThrow('bern 6');
  });

  it('ages HTTP responses by the clock of the test', async () => {
    const clock = new TestClock();
    const app = await startApp(clock);
    const head = async (): Promise<unknown[]> => {
      const { headers, body } = await supertest(app.getHttpServer()).get('/sizes');
      return [headers['x-cache'], headers.age, body];
    };
    expect(await head()).toEqual(['MISS', undefined, { run: 1 }]);
    clock.advance('30s');
    expect(await head()).toEqual(['HIT', '30', { run: 1 }]);
    clock.advance('31s');
    expect(await head()).toEqual(['STALE', '61', { run: 1 }]);
    await expect.poll(head).toEqual(['HIT', '0', { run: 2 }]);
  });

  it('does not store a value during whose load the clock advances by more than a lease lasts', async () => {
    const clock = new TestClock();
    const cache = (await startApp(clock)).get(CacheService);
    const slow = (duration: Duration): Promise<number> =>
      cache.getOrSet(`slow:${duration}`, () => {
        clock.advance(duration);
        return 1;
      });
    expect([await slow('4s'), await slow('6s')]).toEqual([1, 1]);
    expect(await cache.getMany(['slow:4s', 'slow:6s'])).toEqual([1, undefined]);
  });

  it('refuses and allows requests by the clock of the test', async () => {
    const clock = new TestClock();
    const app = await startApp(clock);
    expect([await statusOf(app), await statusOf(app), await statusOf(app)]).toEqual([200, 200, 429]);
    clock.advance('1m');
    expect([await statusOf(app), await statusOf(app), await statusOf(app)]).toEqual([200, 200, 429]);
  });

  it('gives each application its own data', async () => {
    const [first, second] = [await startApp(), await startApp()];
    await first.get(CacheService).set('key', 1);
    expect(await second.get(CacheService).get('key')).toBeUndefined();
  });

  it('starts no timer and opens no connection', async () => {
    const used = (): string[] => process.getActiveResourcesInfo().filter((name) => /^(Timeout|TCP)/.test(name));
    const before = used();
    const app = await startApp();
    await app.get(CitiesService).find('bern');
    expect(used()).toEqual(before);
  });

  it('replaces the registration with a name', async () => {
    const builder = Test.createTestingModule({
      imports: [RedisModule.forRoot({ name: 'sessions', connection: 'redis://127.0.0.1:1' })],
    });
    const app = await overrideRedis(builder, { name: 'sessions' }).compile();
    closing.push(app);
    const cache: CacheService = app.get(getCacheToken('sessions'));
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);
  });

  it('refuses an unknown option', () => {
    const misspelt: object = { clocks: new TestClock() };
    const builder = Test.createTestingModule({});
    expect(() => overrideRedis(builder, misspelt)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('RedisTestingModule', () => {
  it('provides the cache on the embedded store, and does not read the environment', async () => {
    const clock = new TestClock(new Date('2030-01-01T00:00:00Z'));
    const app = await Test.createTestingModule({
      imports: [RedisTestingModule.forRoot({ clock, cache: { ttl: '1h' } })],
      providers: [CitiesService],
    }).compile();
    closing.push(app);
    await app.init();
    expect(app.get(RedisAdapter).mode).toBe('memory');
    expect(new Date(app.get(RedisAdapter).status().since).getFullYear()).toBe(2030);
    await app.get(CacheService).set('key', 1);
    clock.advance('59m');
    expect(await app.get(CacheService).get('key')).toBe(1);
    clock.advance('1m');
    expect(await app.get(CacheService).get('key')).toBeUndefined();
    expect(await app.get(CitiesService).find('bern')).toBe('bern 1');
  });

  it('expires near copies by the clock of the test', async () => {
    const clock = new TestClock();
    const app = await Test.createTestingModule({
      imports: [RedisTestingModule.forRoot({ clock, name: 'cities', cache: { near: { ttl: '1m' } } })],
    }).compile();
    closing.push(app);
    await app.init();
    const cache: CacheService = app.get(getCacheToken('cities'));
    await cache.getOrSet('key', () => 1, { ttl: '10m' });
    await cache.get('key');
    clock.advance('59s');
    expect(cache.peek('key')).toBe(1);
    clock.advance('1s');
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBe(1);
  });
});
