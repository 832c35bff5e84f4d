import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import { Controller, Get, Logger, UseGuards } from '@nestjs/common';
import { describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimitGuard } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { list, login, problemOf, servedPerTest } from '../support/http-guard/reading.js';
import type { RateLimitedApp } from '../support/rate-limited-app.js';

const work = { name: 'work', limit: 1, window: '1m', algorithm: 'concurrency' } as const;

describe.each(['express', 'fastify'] as const)('a concurrency policy of a handler on %s', (platform) => {
  const serve = servedPerTest({ platform, redis: () => ({ connection: 'memory://' }) });
  let begun = 0;
  let waiting = deferred<string>();

  @UseGuards(RateLimitGuard)
  @Controller('work')
  class Work {
    @UseGuards(RateLimitGuard)
    @RateLimit(work)
    @Get()
    get(): Promise<string> {
      begun++;
      return waiting.promise;
    }

    @RateLimit(work, login)
    @Get('both')
    both(): string {
      return '';
    }

    @RateLimit({ ...work, name: 'room', limit: 2 }, work)
    @Get('rooms')
    rooms(): string {
      return '';
    }

    @RateLimit(work)
    @Get('fails')
    fails(): never {
      throw new Error('failed');
    }
  }

  /** Sends a request that waits for `waiting`, and resolves when its handler has begun. */
  async function busy<T>(ask: () => T): Promise<{ readonly answer: T }> {
    waiting = deferred<string>();
    const before = begun;
    const answer = ask();
    await eventually(() => begun > before);
    return { answer };
  }

  const isFree = ({ ask }: RateLimitedApp): Promise<void> =>
    eventually(async () => (await ask('/work/both')).status === 200);

  test('holds a permit until the response has ended, and refuses other requests meanwhile', async () => {
    const served = await serve({ controllers: [Work] });
    const { answer } = await busy(() => served.ask('/work'));
    const refused = await served.ask('/work/both');
    expect([refused.status, (await problemOf(refused))['violated-policies']]).toEqual([429, ['work']]);
    expect(list(refused, 'RateLimit-Policy')).toEqual([['work', { q: 1, qu: 'concurrent-requests' }]]);
    waiting.give('done');
    expect((await answer).status).toBe(200);
    await isFree(served);
  });

  test('releases the permit of a disconnected client when the handler has settled', async () => {
    const served = await serve({ controllers: [Work] });
    const { answer: leaving } = await busy(() => httpGet(`${served.url}/work`));
    const error = once(leaving, 'error');
    leaving.destroy(new Error('gone'));
    await error;
    expect((await served.ask('/work/both')).status).toBe(429);
    waiting.give('too late');
    await isFree(served);
  });

  test('releases the permit when the handler fails', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const served = await serve({ controllers: [Work] });
    for (let i = 0; i < 3; i++) await eventually(async () => (await served.ask('/work/fails')).status === 500);
    await isFree(served);
  });

  test('acquires permits of all policies or of none', async () => {
    const served = await serve({ controllers: [Work] });
    const { answer } = await busy(() => served.ask('/work'));
    // More requests than permits: if the first policy kept permits, it would finally refuse.
    for (let i = 0; i < 3; i++)
      expect((await problemOf(await served.ask('/work/rooms')))['violated-policies']).toEqual(['work']);
    waiting.give('done');
    await answer;
    await eventually(async () => (await served.ask('/work/rooms')).status === 200);
  });

  test('releases the permit when another policy refuses', async () => {
    const served = await serve({ controllers: [Work] });
    await isFree(served);
    await isFree(served);
    const refused = await served.ask('/work/both');
    expect([refused.status, (await problemOf(refused))['violated-policies']]).toEqual([429, ['login']]);
    const { answer } = await busy(() => served.ask('/work'));
    waiting.give('done');
    expect((await answer).status).toBe(200);
  });
});
