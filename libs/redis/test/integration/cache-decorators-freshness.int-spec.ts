import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Cacheable, CacheEvict, CachePut, getCacheToken, RedisModule, type CacheService } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';

const INSTANCE = 'cities';

@Injectable()
class Cities {
  runs = 0;
  isBroken = false;
  /** The methods wait for it. */
  pause: Promise<void> = Promise.resolve();

  @Cacheable({ instance: INSTANCE, key: 'city:{id}', ttl: '1h', tags: ['cities', 'city:{id}'] })
  find(id: string): Promise<string> {
    return this.run(id);
  }

  @CachePut({ instance: INSTANCE, key: 'city:{id}', ttl: '1h', tags: ['city:{id}'] })
  async save(id: string, value: string): Promise<string> {
    return `${id} ${value}`;
  }

  @CacheEvict({ instance: INSTANCE, tags: ['city:{id}'] })
  async changed(id: string): Promise<string> {
    return id;
  }

  @Cacheable({ instance: INSTANCE, key: 'stale:{id}', ttl: '20ms', staleWhileRevalidate: '1h' })
  stale(id: string): Promise<string> {
    return this.run(id);
  }

  @Cacheable({ instance: INSTANCE, key: 'safe:{id}', ttl: '20ms', staleIfError: '1h' })
  safe(id: string): Promise<string> {
    return this.run(id);
  }

  @Cacheable({ instance: INSTANCE, key: 'remembered:{id}', errorTtl: '1h' })
  remembered(id: string): Promise<string> {
    return this.run(id);
  }

  private async run(id: string): Promise<string> {
    const own = ++this.runs;
    await this.pause;
    if (this.isBroken) throw new Error(`run ${own} failed`);
    return `${id} ${own}`;
  }
}

let server: RedisServer;
let apps: TestingModule[] = [];
let prefix = 0;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  prefix++;
});
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
});

const near = { near: true } as const;

/** The cities of an application of its own. All applications of a test share their keys. */
async function start(cache: object = {}): Promise<Cities> {
  const options = { connection: server.url, keyPrefix: `f${prefix}:`, failFast: true, cache };
  const app = await Test.createTestingModule({
    imports: [RedisModule.forRootAsync({ name: INSTANCE, useFactory: async () => options })],
    providers: [Cities],
  }).compile();
  apps.push(app);
  return (await app.init()).get(Cities);
}

describe.each([
  ['without near copies', {}],
  ['with near copies', near],
])('the cache decorators on Redis %s', (_, cache) => {
  test('run a method once for concurrent calls of two processes', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    const { promise, give } = deferred<void>();
    one.pause = promise;
    other.pause = promise;
    const calls = [one, other].flatMap((cities) => Array.from({ length: 20 }, () => cities.find('bern')));
    await eventually(() => one.runs + other.runs === 1);
    give();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['bern 1']));
    expect(one.runs + other.runs).toBe(1);
  });

  test('load a value again after another process evicted its tag', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    await one.find('bern');
    await one.find('thun');
    await other.changed('bern');
    await eventually(async () => (await one.find('bern')) === 'bern 3');
    expect(await one.find('thun')).toBe('thun 2');
  });

  test('put a value with tags for all processes', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    await one.save('bern', 'saved');
    expect(await other.find('bern')).toBe('bern saved');
    await one.changed('bern');
    await eventually(async () => (await other.find('bern')) === 'bern 1');
  });

  test('do not store a value whose tag was evicted while its method ran', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    const { promise, give } = deferred<void>();
    one.pause = promise;
    const outdated = one.find('bern');
    await eventually(() => one.runs === 1);
    await other.changed('bern');
    give();
    expect(await outdated).toBe('bern 1');
    expect(await one.find('bern')).toBe('bern 2');
    expect(await other.find('bern')).toBe('bern 2');
  });

  test('return a stale value while one process runs the method in the background', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    expect(await one.stale('bern')).toBe('bern 1');
    const { promise, give } = deferred<void>();
    one.pause = promise;
    other.pause = promise;
    await eventually(async () => (await one.stale('bern')) === 'bern 1' && one.runs === 2);
    expect([await one.stale('bern'), await other.stale('bern'), other.runs]).toEqual(['bern 1', 'bern 1', 0]);
    give();
    await eventually(async () => (await other.stale('bern')) !== 'bern 1');
  });

  test('return a stale value when the method fails', async () => {
    const cities = await start(cache);
    await cities.safe('bern');
    cities.isBroken = true;
    await eventually(async () => (await cities.safe('bern')) === 'bern 1' && cities.runs > 1);
  });

  test('remember an error for all processes', async () => {
    const [one, other] = [await start(cache), await start(cache)];
    one.isBroken = true;
    await expect(one.remembered('bern')).rejects.toThrow('run 1 failed');
    for (const cities of [one, other])
      await expect(cities.remembered('bern')).rejects.toThrow(expect.objectContaining({ code: 'LOAD_FAILED' }));
    expect([one.runs, other.runs]).toEqual([1, 0]);
  });
});

test('a decorated method of a named instance reads near copies of that instance', async () => {
  const cities = await start(near);
  const [app] = apps;
  if (app === undefined) throw new Error('no application has started');
  const cache: CacheService = app.get(getCacheToken(INSTANCE));
  await cities.find('bern');
  await eventually(async () => (await cities.find('bern')) === 'bern 1' && cache.stats().hits.near > 0);
  expect(cache.peek('city:bern')).toBe('bern 1');
});
