import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Cacheable, CacheEvict, CachePut, CacheService, RedisAdapter, RedisModule } from '../../src/index.js';

interface City {
  readonly id: string;
  readonly founded: Date;
}

@Injectable()
class Cities {
  runs = 0;

  @Cacheable({ key: 'city:{id}', ttl: '1h', namespace: 'geo' })
  async find(id: string): Promise<City> {
    this.runs++;
    return { id, founded: new Date(0) };
  }

  @Cacheable({ ttl: '1h' })
  async search(query: object): Promise<string> {
    return `run ${++this.runs} ${Object.keys(query).join()}`;
  }

  @CachePut({ key: 'city:{city.id}', namespace: 'geo' })
  async save(city: City): Promise<City> {
    return city;
  }

  @CacheEvict({ key: 'city:{id}', namespace: 'geo' })
  async remove(id: string): Promise<string> {
    return id;
  }

  @CacheEvict({ all: true, namespace: 'geo' })
  async removeAll(): Promise<void> {}
}

let server: RedisServer;
let apps: TestingModule[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

let prefix = 0;
beforeEach(() => {
  prefix++;
});
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
});

async function start(connection = server.url): Promise<TestingModule> {
  const app = await Test.createTestingModule({
    imports: [RedisModule.forRoot({ connection, keyPrefix: `d${prefix}:`, failFast: connection === server.url })],
    providers: [Cities],
  }).compile();
  apps.push(app);
  return app.init();
}

describe('the cache decorators with Redis', () => {
  test('share values between the processes of an application', async () => {
    const [one, other] = [await start(), await start()];
    const found = await one.get(Cities).find('bern');
    expect(await other.get(Cities).find('bern')).toEqual(found);
    expect(await other.get(Cities).search({ b: 1, a: 'x'.repeat(2000) })).toBe('run 1 b,a');
    expect(await one.get(Cities).search({ a: 'x'.repeat(2000), b: 1 })).toBe('run 1 b,a');
    expect([one.get(Cities).runs, other.get(Cities).runs]).toEqual([1, 1]);
  });

  test('store under the keys that the templates and the default show', async () => {
    const app = await start();
    await app.get(Cities).find('bern');
    await app.get(Cities).search({ a: 1 });
    const keys: string[] = [];
    for await (const scanned of app.get(RedisAdapter).can.keys?.scan({ prefix: 'cache:' }) ?? [])
      keys.push(...scanned.keys);
    expect(keys.sort()).toEqual(['cache:Cities.search(("a":1))', 'cache:geo::city:bern']);
  });

  test('put and evict values for all processes', async () => {
    const [one, other] = [await start(), await start()];
    const saved = { id: 'bern', founded: new Date(1) };
    await one.get(Cities).save(saved);
    expect(await other.get(Cities).find('bern')).toEqual(saved);
    expect(await other.get(Cities).remove('bern')).toBe('bern');
    expect(await one.get(Cities).find('bern')).toEqual({ id: 'bern', founded: new Date(0) });
    await one.get(CacheService).set('other', 1);
    await one.get(Cities).removeAll();
    await other.get(Cities).find('bern');
    expect([one.get(Cities).runs, other.get(Cities).runs]).toEqual([1, 1]);
    expect(await one.get(CacheService).get('other')).toBe(1);
  });

  test('run a method once while Redis is unavailable, and return its result again', async () => {
    const cities = (await start('redis://127.0.0.1:1')).get(Cities);
    expect([(await cities.find('bern')).id, (await cities.find('bern')).id, cities.runs]).toEqual(['bern', 'bern', 1]);
    expect((await cities.save({ id: 'basel', founded: new Date(1) })).id).toBe('basel');
    expect(await cities.remove('bern')).toBe('bern');
  });
});
