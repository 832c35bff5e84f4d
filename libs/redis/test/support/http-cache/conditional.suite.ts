import { Controller, Get, Res, UseInterceptors } from '@nestjs/common';
import { beforeEach, describe, expect, test } from 'vitest';
import { HttpCache, HttpCacheInterceptor } from '../../../src/index.js';
import { cachedApps, type Setting } from './cached-app.js';

let runs = 0;
let body: unknown;

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m' })
@Controller('cities')
class Cities {
  @Get()
  list(): unknown {
    runs++;
    return body;
  }

  @Get('tagged')
  tagged(@Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): unknown {
    runs++;
    reply.header('etag', '"own"');
    reply.header('cache-control', 'public, max-age=60');
    return body;
  }
}

export function conditionalSuite(setting: Setting): void {
  const start = cachedApps(setting);
  beforeEach(() => {
    runs = 0;
    body = { name: 'Bern' };
  });

  describe('the ETag of a cached response', () => {
    test('is strong, and depends on nothing but the body', async () => {
      const tags: (string | null)[] = [];
      for (const next of [{ name: 'Bern' }, { name: 'Bern' }, { name: 'Basel' }, 'Bern']) {
        body = next;
        const { ask } = await start([Cities]);
        tags.push((await ask('/cities')).headers.get('etag'), (await ask('/cities')).headers.get('etag'));
      }
      const [bern, sameHit, again, , basel, , text] = tags;
      expect(bern).toMatch(/^"[\w-]{27}"$/);
      expect([sameHit, again]).toEqual([bern, bern]);
      expect(new Set([bern, basel, text]).size).toBe(3);
    });

    test('is the one that the handler set', async () => {
      const { ask } = await start([Cities]);
      const [miss, hit] = [await ask('/cities/tagged'), await ask('/cities/tagged')];
      expect([miss.headers.get('etag'), hit.headers.get('etag')]).toEqual(['"own"', '"own"']);
    });

    test.each([
      ['the tag', (tag: string) => tag],
      ['the weak form of the tag', (tag: string) => `W/${tag}`],
      ['a list with the tag', (tag: string) => `"other", ${tag} , "another"`],
      ['any tag', () => '*'],
    ])('answers If-None-Match with %s by 304 without a body', async (_, condition) => {
      const { ask } = await start([Cities]);
      const tag = (await ask('/cities')).headers.get('etag') ?? '';
      const response = await ask('/cities', { headers: { 'if-none-match': condition(tag) } });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', tag]);
      expect(runs).toBe(1);
    });

    test('answers If-None-Match with another tag by the whole response', async () => {
      const { ask } = await start([Cities]);
      await ask('/cities');
      const response = await ask('/cities', { headers: { 'if-none-match': '"other", "Bern"' } });
      expect([response.status, await response.json()]).toEqual([200, { name: 'Bern' }]);
    });

    test('answers 304 also after a miss, with the headers of the response', async () => {
      const { ask } = await start([Cities]);
      const response = await ask('/cities/tagged', { headers: { 'if-none-match': '"own"' } });
      expect([response.status, response.headers.get('cache-control')]).toEqual([304, 'public, max-age=60']);
      const next = await ask('/cities/tagged');
      expect([next.status, next.headers.get('x-cache'), await next.json()]).toEqual([200, 'HIT', { name: 'Bern' }]);
    });

    test('answers a conditional HEAD by 304', async () => {
      const { ask } = await start([Cities]);
      await ask('/cities/tagged');
      const response = await ask('/cities/tagged', { method: 'HEAD', headers: { 'if-none-match': '"own"' } });
      expect(response.status).toBe(304);
    });
  });
}
