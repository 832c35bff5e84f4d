import {
  BadGatewayException,
  Controller,
  Get,
  Injectable,
  NotFoundException,
  Param,
  UseInterceptors,
} from '@nestjs/common';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheEvict, CacheService, HttpCache, HttpCacheInterceptor } from '../../../src/index.js';
import { deferred } from '../cache.js';
import { eventually } from '../eventually.js';
import { cachedApps, seen, type Setting } from './cached-app.js';

let runs = 0;
let isMissing = false;
let isBroken = false;
/** Handlers wait for it. */
let pause: Promise<void> = Promise.resolve();

@Injectable()
class Imports {
  @CacheEvict({ tags: ['city:{id}'], namespace: 'http' })
  async import(id: string): Promise<string> {
    return id;
  }
}

@UseInterceptors(HttpCacheInterceptor)
@Controller('cities')
class Cities {
  @Get('tagged/:id')
  @HttpCache({ ttl: '1h', tags: ['cities', 'city:{id}'] })
  tagged(@Param('id') id: string): object {
    return { id, run: ++runs };
  }

  @Get('stale')
  @HttpCache({ ttl: '20ms', staleWhileRevalidate: '1h' })
  stale(): Promise<object> {
    return run();
  }

  @Get('stale-if-error')
  @HttpCache({ ttl: '20ms', staleIfError: '1h', earlyRefresh: false })
  staleIfError(): Promise<object> {
    return run();
  }

  @Get('remembered')
  @HttpCache({ ttl: '20ms', errorTtl: '1h' })
  remembered(): Promise<object> {
    return run();
  }
}

async function run(): Promise<object> {
  const own = ++runs;
  await pause;
  if (isMissing) throw new NotFoundException(`run ${own}`);
  if (isBroken) throw new BadGatewayException(`run ${own}`);
  return { run: own };
}

/** Tests of tags, stale windows and remembered errors. */
export function freshnessSuite(setting: Setting): void {
  const start = cachedApps(setting);
  beforeEach(() => {
    runs = 0;
    isMissing = false;
    isBroken = false;
    pause = Promise.resolve();
  });

  describe('a response with tags', () => {
    test('is loaded again after one of its tags was invalidated by the cache', async () => {
      const { app, ask } = await start([Cities]);
      await ask('/cities/tagged/bern');
      await ask('/cities/tagged/thun');
      await app.get(CacheService).namespace('http').invalidateTags('city:bern');
      expect(await seen(ask('/cities/tagged/bern'))).toEqual(['MISS', { id: 'bern', run: 3 }]);
      expect(await seen(ask('/cities/tagged/thun'))).toEqual(['HIT', { id: 'thun', run: 2 }]);
      await app.get(CacheService).namespace('http').invalidateTags('cities');
      expect(await seen(ask('/cities/tagged/thun'))).toEqual(['MISS', { id: 'thun', run: 4 }]);
    });

    test('is loaded again after a method with @CacheEvict removed its tag', async () => {
      const { app, ask } = await start([Cities], { providers: [Imports] });
      await ask('/cities/tagged/bern');
      await ask('/cities/tagged/thun');
      await app.get(Imports).import('bern');
      expect(await seen(ask('/cities/tagged/bern'))).toEqual(['MISS', { id: 'bern', run: 3 }]);
      expect(await seen(ask('/cities/tagged/thun'))).toEqual(['HIT', { id: 'thun', run: 2 }]);
    });
  });

  describe('a stale response', () => {
    test('is sent while one run of the handler in the background refreshes it', async () => {
      const { ask } = await start([Cities]);
      expect(await seen(ask('/cities/stale'))).toEqual(['MISS', { run: 1 }]);
      const { promise, give } = deferred<void>();
      pause = promise;
      // It may be refreshed early, before it is stale.
      await eventually(async () => (await seen(ask('/cities/stale')))[0] === 'STALE' && runs === 2);
      expect(await seen(ask('/cities/stale'))).toEqual(['STALE', { run: 1 }]);
      expect(runs).toBe(2);
      give();
      await eventually(async () => (await (await ask('/cities/stale')).text()) !== '{"run":1}');
    });

    test('answers If-None-Match with 304', async () => {
      const { ask } = await start([Cities]);
      const etag = (await ask('/cities/stale')).headers.get('etag') ?? '';
      pause = new Promise(() => {});
      await eventually(async () => (await ask('/cities/stale')).headers.get('x-cache') === 'STALE');
      expect((await ask('/cities/stale', { headers: { 'if-none-match': etag } })).status).toBe(304);
    });

    test('is sent instead of an error of the server', async () => {
      const { ask } = await start([Cities]);
      await ask('/cities/stale-if-error');
      isBroken = true;
      await eventually(async () => (await ask('/cities/stale-if-error')).headers.get('x-cache') === 'STALE');
      expect(await seen(ask('/cities/stale-if-error'))).toEqual(['STALE', { run: 1 }]);
    });

    test('is not sent instead of an error of the client', async () => {
      const { ask } = await start([Cities]);
      await ask('/cities/stale-if-error');
      isMissing = true;
      await eventually(async () => (await ask('/cities/stale-if-error')).status === 404);
      expect((await ask('/cities/stale-if-error')).status).toBe(404);
    });
  });

  describe('a failed handler with errorTtl', () => {
    test('does not run again: later requests get 503 with Retry-After', async () => {
      const { ask } = await start([Cities]);
      isBroken = true;
      expect((await ask('/cities/remembered')).status).toBe(502);
      const later = await ask('/cities/remembered');
      expect([later.status, later.headers.get('x-cache'), runs]).toEqual([503, null, 1]);
      const seconds = Number(later.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(3500);
      expect(seconds).toBeLessThanOrEqual(3600);
    });

    test('runs again after an error of the client, which concurrent requests share', async () => {
      const { app, ask } = await start([Cities]);
      isMissing = true;
      const { promise, give } = deferred<void>();
      pause = promise;
      const cache = app.get(CacheService).namespace('http');
      const others = cache.stats().coalesced + 2;
      const asked = [1, 2, 3].map(() => ask('/cities/remembered'));
      await eventually(() => cache.stats().coalesced === others);
      give();
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect([statuses, runs]).toEqual([[404, 404, 404], 1]);
      isMissing = false;
      expect(await seen(ask('/cities/remembered'))).toEqual(['MISS', { run: 2 }]);
    });
  });
}
