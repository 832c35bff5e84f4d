import { Controller, Get, Header, HttpCode, Param, Res, UseInterceptors } from '@nestjs/common';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, HttpCache, HttpCacheInterceptor } from '../../../src/index.js';
import { cachedApps, HandlerPause, seen, type Setting } from './cached-app.js';

let runs = 0;
const pause = new HandlerPause();

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m' })
@Controller('cities')
class Cities {
  @Get('text')
  text(): string {
    return `run ${++runs}`;
  }

  @Get('nothing')
  @HttpCode(204)
  nothing(): void {
    runs++;
  }

  @Get('created')
  @Header('content-language', 'de')
  created(@Res({ passthrough: true }) reply: Reply): object {
    reply.status(201).header('content-type', 'application/vnd.city+json').header('x-own', 'unlisted');
    return { run: ++runs };
  }

  @Get('slow')
  async slow(): Promise<object> {
    await pause.over;
    return { run: ++runs, at: new Date(0), list: [null, true, 'a'] };
  }

  @Get(':id')
  one(@Param('id') id: string): object {
    return { id, run: ++runs };
  }
}

export function storedSuite(setting: Setting): void {
  const start = cachedApps(setting);
  beforeEach(() => {
    runs = 0;
  });

  describe('a cached response', () => {
    test('is a miss, then hits with the same body, without running the handler', async () => {
      const { ask } = await start([Cities]);
      expect(await seen(ask('/cities/bern'))).toEqual(['MISS', { id: 'bern', run: 1 }]);
      const hit = await ask('/cities/bern');
      expect(hit.headers.get('age')).toMatch(/^\d$/);
      expect(hit.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await seen(hit)).toEqual(['HIT', { id: 'bern', run: 1 }]);
      expect(runs).toBe(1);
    });

    test('has the status and the listed headers that the handler set', async () => {
      const { ask } = await start([Cities]);
      const [miss, hit] = [await ask('/cities/created'), await ask('/cities/created')];
      for (const response of [miss, hit]) {
        expect(response.status).toBe(201);
        expect(response.headers.get('content-type')).toMatch(/^application\/vnd\.city\+json/);
        expect(response.headers.get('content-language')).toBe('de');
        expect(await response.json()).toEqual({ run: 1 });
      }
      expect([miss.headers.get('x-own'), hit.headers.get('x-own')]).toEqual(['unlisted', null]);
      expect(hit.headers.get('x-cache')).toBe('HIT');
    });

    test('may be text or empty', async () => {
      const { ask } = await start([Cities]);
      const texts = [await ask('/cities/text'), await ask('/cities/text')];
      expect(await Promise.all(texts.map((response) => response.text()))).toEqual(['run 1', 'run 1']);
      const empty = [await ask('/cities/nothing'), await ask('/cities/nothing')];
      expect(empty.map(({ status, headers }) => [status, headers.get('x-cache')])).toEqual([
        [204, 'MISS'],
        [204, 'HIT'],
      ]);
      expect(runs).toBe(2);
    });

    test('comes from one run of the handler for concurrent requests', async () => {
      const responses = await pause.askTogether(await start([Cities]), '/cities/slow', 8);
      const bodies = await Promise.all(responses.map((response) => response.json()));
      expect(new Set(bodies.map((body) => JSON.stringify(body)))).toEqual(
        new Set(['{"run":1,"at":"1970-01-01T00:00:00.000Z","list":[null,true,"a"]}']),
      );
      expect(responses.filter(({ headers }) => headers.get('x-cache') === 'MISS')).toHaveLength(1);
      expect(runs).toBe(1);
    });

    test('has the same text as a miss and as a hit', async () => {
      const { ask } = await start([Cities]);
      const [miss, hit] = [await ask('/cities/slow'), await ask('/cities/slow')];
      expect(await hit.text()).toBe(await miss.text());
    });

    test('is removed with its namespace', async () => {
      const { app, ask } = await start([Cities]);
      await ask('/cities/bern');
      await app.get(CacheService).namespace('http').flush();
      expect(await seen(ask('/cities/bern'))).toEqual(['MISS', { id: 'bern', run: 2 }]);
    });
  });

  describe('HEAD', () => {
    test('is answered from the response to GET', async () => {
      const { ask } = await start([Cities]);
      const { headers } = await ask('/cities/bern');
      const head = await ask('/cities/bern', { method: 'HEAD' });
      expect([head.status, head.headers.get('x-cache'), head.headers.get('etag'), await head.text()]).toEqual([
        200,
        'HIT',
        headers.get('etag'),
        '',
      ]);
      expect(runs).toBe(1);
    });

    test('stores nothing for GET', async () => {
      const { ask } = await start([Cities]);
      expect((await ask('/cities/bern', { method: 'HEAD' })).status).toBe(200);
      expect(await seen(ask('/cities/bern'))).toEqual(['MISS', { id: 'bern', run: 2 }]);
    });
  });
}
