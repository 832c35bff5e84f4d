import { CACHE_MANAGER, CacheInterceptor, CacheModule, type Cache } from '@nestjs/cache-manager';
import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { KeyvStore } from 'nestjs-redis-infra/keyv';
import { RedisServer } from 'nestjs-redis-infra/testing';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisAdapter, RedisModule } from '../../src/index.js';
import { resourcesPerTest } from '../support/started.js';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const started = resourcesPerTest();

@Controller()
@UseInterceptors(CacheInterceptor)
class CountController {
  private count = 0;

  @Get('count')
  next(): { count: number } {
    return { count: ++this.count };
  }
}

describe('@nestjs/cache-manager with a KeyvStore on the injected RedisAdapter', () => {
  async function createApp() {
    const testing = await Test.createTestingModule({
      imports: [
        RedisModule.forRoot({ connection: server.url, keyPrefix: 'shop:', resilience: { deadline: '10s' } }),
        CacheModule.registerAsync({
          isGlobal: true,
          inject: [RedisAdapter],
          useFactory: (redis: RedisAdapter) => ({ stores: [new KeyvStore(redis)], ttl: 60_000 }),
        }),
      ],
      controllers: [CountController],
    }).compile();
    const app = testing.createNestApplication({ logger: false });
    started.undo(() => app.close());
    await app.init();
    return app;
  }

  test('serves cached responses from Redis', async () => {
    const app = await createApp();
    const get = () => supertest(app.getHttpServer()).get('/count').expect(200);
    expect((await get()).body).toEqual({ count: 1 });
    expect((await get()).body).toEqual({ count: 1 });
    expect(await server.command('EXISTS', 'shop:keyv::/count')).toBe(1);
  });

  test('wraps, stores and removes values', async () => {
    const app = await createApp();
    const cache = app.get<Cache>(CACHE_MANAGER);
    await cache.clear();
    expect(await cache.wrap('city', async () => ({ name: 'Bern' }), 5000)).toEqual({ name: 'Bern' });
    expect(await cache.get('city')).toEqual({ name: 'Bern' });
    await cache.mset([{ key: 'a', value: 1 }]);
    expect(await cache.mget(['a', 'city', 'none'])).toEqual([1, { name: 'Bern' }, undefined]);
    expect(await cache.del('city')).toBe(true);
    expect(await cache.get('city')).toBeUndefined();
    await cache.clear();
    expect(await cache.get('a')).toBeUndefined();
  });

  test('leaves the adapter connected when it is closed before it', async () => {
    const app = await createApp();
    await app.get<Cache>(CACHE_MANAGER).disconnect();
    await expect(app.get(RedisAdapter).set('key', 1)).resolves.toBeUndefined();
  });

  test('answers while Redis is unavailable', async () => {
    const app = await createApp();
    const end = app.get(RedisAdapter).isolate();
    const cache = app.get<Cache>(CACHE_MANAGER);
    expect(await cache.wrap('away', async () => 'loaded')).toBe('loaded');
    await supertest(app.getHttpServer()).get('/count').expect(200);
    end();
  });
});

describe('cacheable with a KeyvStore as its secondary store', () => {
  test('fills a second instance from Redis', async () => {
    const create = () => new Cacheable({ secondary: new Keyv({ store: new KeyvStore(server.url) }) });
    const [first, second] = [create(), create()];
    started.undo(() => Promise.all([first.disconnect(), second.disconnect()]));
    await first.set('city', { name: 'Bern' }, '1h');
    expect(await second.get('city')).toEqual({ name: 'Bern' });
    expect(await first.delete('city')).toBe(true);
    expect(await second.secondary?.get('city')).toBeUndefined();
  });
});
