import { Controller, Get, type INestApplication, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  SkipThrottle,
  Throttle,
  ThrottlerGuard,
  ThrottlerModule,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { RedisThrottlerStorage, type ThrottlerStorageOptions } from 'nestjs-redis-infra/throttler';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter, RedisModule } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

type Throttlers = Extract<ThrottlerModuleOptions, readonly unknown[]>;

const MINUTE = 60_000;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const started = resourcesPerTest();

@Controller()
class AppController {
  @Get('default')
  byDefault(): string {
    return 'default';
  }

  @Get('other')
  other(): string {
    return 'other';
  }

  @SkipThrottle()
  @Get('skipped')
  skipped(): string {
    return 'skipped';
  }

  @Throttle({ default: { limit: 2, ttl: MINUTE, blockDuration: 5 * MINUTE } })
  @Get('blocked')
  blocked(): string {
    return 'blocked';
  }

  @Throttle({ default: { limit: 2, ttl: 400, blockDuration: 1200 } })
  @Get('briefly')
  briefly(): string {
    return 'briefly';
  }

  @Throttle({ default: { limit: 1, ttl: MINUTE, blockDuration: 0 } })
  @Get('uncounted')
  uncounted(): string {
    return 'uncounted';
  }
}

@SkipThrottle()
@Controller('class')
class SkippedController {
  @Get('skipped')
  skipped(): string {
    return 'skipped';
  }

  @SkipThrottle({ default: false })
  @Get('throttled')
  throttled(): string {
    return 'throttled';
  }
}

interface AppOptions {
  readonly connection: string;
  readonly throttlers: Throttlers;
  readonly storage: ThrottlerStorageOptions;
}

async function startApp(options: Partial<AppOptions> = {}): Promise<INestApplication> {
  const { connection = server.url, throttlers = [{ limit: 5, ttl: MINUTE }], storage = { deadline: '10s' } } = options;
  const controllers: Type[] = [AppController, SkippedController];
  const testing = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ connection, resilience: { deadline: '10s' } }),
      ThrottlerModule.forRootAsync({
        inject: [RedisAdapter],
        useFactory: (redis: RedisAdapter) => ({ throttlers, storage: new RedisThrottlerStorage(redis, storage) }),
      }),
    ],
    controllers,
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  }).compile();
  const app = testing.createNestApplication({ logger: false });
  started.undo(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app;
}

const get = (app: INestApplication, path: string) => supertest(app.getHttpServer()).get(path);

async function statusesOf(app: INestApplication, path: string, requests: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < requests; i++) statuses.push((await get(app, path)).status);
  return statuses;
}

beforeEach(async () => void (await server.command('FLUSHALL')));

describe.each([
  ['Redis', () => server.url],
  ['the embedded store', () => 'memory://'],
])('ThrottlerGuard with a RedisThrottlerStorage on %s', (_, connectionOf) => {
  test('counts down in the headers, and refuses the request beyond the limit', async () => {
    const app = await startApp({ connection: connectionOf() });
    for (const remaining of ['4', '3', '2', '1', '0']) {
      const { headers, status } = await get(app, '/default');
      expect({ status, limit: headers['x-ratelimit-limit'], remaining: headers['x-ratelimit-remaining'] }).toEqual({
        status: 200,
        limit: '5',
        remaining,
      });
      expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(50);
    }
    const refused = await get(app, '/default');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  test('counts each handler by itself', async () => {
    const app = await startApp({ connection: connectionOf() });
    expect(await statusesOf(app, '/default', 6)).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await get(app, '/other')).headers['x-ratelimit-remaining']).toBe('4');
  });

  test('does not count what is skipped', async () => {
    const app = await startApp({ connection: connectionOf() });
    for (const path of ['/skipped', '/class/skipped']) {
      const { status, headers } = await get(app, path);
      expect([status, headers['x-ratelimit-limit']]).toEqual([200, undefined]);
    }
    expect((await get(app, '/class/throttled')).headers['x-ratelimit-remaining']).toBe('4');
  });

  test('blocks for the block duration', async () => {
    const app = await startApp({ connection: connectionOf() });
    expect(await statusesOf(app, '/blocked', 4)).toEqual([200, 200, 429, 429]);
    const { headers } = await get(app, '/blocked');
    expect(Number(headers['retry-after'])).toBeGreaterThan(290);
  });

  test('blocks longer than the requests count, and then starts again', async () => {
    const app = await startApp({ connection: connectionOf() });
    const begun = performance.now();
    expect(await statusesOf(app, '/briefly', 3)).toEqual([200, 200, 429]);
    await eventually(async () => (await get(app, '/briefly')).status === 200);
    expect(performance.now() - begun).toBeGreaterThan(1200);
    expect((await get(app, '/briefly')).status).toBe(200);
  });

  test('without a block duration refuses until the oldest request expires', async () => {
    const app = await startApp({ connection: connectionOf() });
    expect(await statusesOf(app, '/uncounted', 3)).toEqual([200, 429, 429]);
    expect(Number((await get(app, '/uncounted')).headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  test('holds several throttlers, each with its own headers', async () => {
    const throttlers = [
      { name: 'short', ttl: 1000, limit: 10 },
      { name: 'long', ttl: MINUTE, limit: 2 },
    ];
    const app = await startApp({ connection: connectionOf(), throttlers });
    const { headers } = await get(app, '/default');
    expect(headers).toMatchObject({ 'x-ratelimit-remaining-short': '9', 'x-ratelimit-remaining-long': '1' });
    expect(await statusesOf(app, '/default', 2)).toEqual([200, 429]);
    const refused = await get(app, '/default');
    expect(Number(refused.headers['retry-after-long'])).toBeGreaterThan(0);
  });
});

describe('RedisThrottlerStorage', () => {
  test('shares one exact count between applications, with all requests at once', async () => {
    const apps = await Promise.all([startApp(), startApp(), startApp()]);
    const requests = apps.flatMap((app) => Array.from({ length: 10 }, () => get(app, '/default')));
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(25);
  });

  test('counts a request once when its connection is lost after the server counted it', async () => {
    const proxy = await started.proxy(server);
    const redis = started.adapter(proxy.url, { resilience: { deadline: '10s' } });
    await redis.connect();
    const storage = new RedisThrottlerStorage(redis, { deadline: '10s', onError: 'closed' });
    const hit = () => storage.increment('key', MINUTE, 10, MINUTE, 'default');
    await hit();
    proxy.dropReply({ to: 'eval' });
    expect(await hit()).toMatchObject({ totalHits: 2 });
    expect(redis.status().pool.reconnects).toBe(1);
    expect(await hit()).toMatchObject({ totalHits: 3 });
  });

  test('counts in the process while Redis is unavailable, and on Redis again afterwards', async () => {
    const app = await startApp();
    expect(await statusesOf(app, '/blocked', 1)).toEqual([200]);
    const end = app.get(RedisAdapter).isolate();
    expect(await statusesOf(app, '/blocked', 3)).toEqual([200, 200, 429]);
    end();
    expect((await get(app, '/blocked')).headers['x-ratelimit-remaining']).toBe('0');
  });

  test('closes a connection of its own with the application', async () => {
    const storage = new RedisThrottlerStorage(server.url, { deadline: '10s' });
    const testing = await Test.createTestingModule({
      imports: [ThrottlerModule.forRoot({ throttlers: [{ limit: 5, ttl: MINUTE }], storage })],
    }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    await storage.increment('key', MINUTE, 5, MINUTE, 'default');
    await app.close();
    await expect(storage.increment('key', MINUTE, 5, MINUTE, 'default')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
