import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Headers,
  Ip,
  Logger,
  NotFoundException,
  Post,
  Query,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HttpCache, HttpCacheInterceptor, type HttpCacheOptions } from '../../../src/index.js';
import { cachedApps, HandlerPause, type Setting } from './cached-app.js';

let runs = 0;
const pause = new HandlerPause();

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): unknown;
}

class City {
  constructor(readonly name: string) {}
}

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m' })
@Controller('cities')
class Cities {
  @Get('missing')
  missing(): never {
    throw new NotFoundException(`run ${++runs}`);
  }

  @Get('failed')
  failed(@Res({ passthrough: true }) reply: Reply): string {
    reply.status(503);
    return `run ${++runs}`;
  }

  @Get('file')
  async file(): Promise<StreamableFile> {
    const run = ++runs;
    await pause.over;
    return new StreamableFile(Readable.from([`run ${run}`]));
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: `run ${++runs}` });
  }

  @Get('manual')
  manual(@Res() reply: Reply): void {
    reply.send(`run ${++runs}`);
  }

  @Get('cookie')
  async cookie(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    const run = ++runs;
    await pause.over;
    reply.header('set-cookie', `session=${run}`);
    return `run ${run}`;
  }

  @Get('no-store')
  noStore(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('cache-control', 'max-age=0, No-Store');
    return `run ${++runs}`;
  }

  @Get('private')
  private(@Res({ passthrough: true }) reply: Reply): string {
    reply.header('cache-control', 'private');
    return `run ${++runs}`;
  }

  @Get('instance')
  instance(): City {
    return new City(`run ${++runs}`);
  }

  @Get('plain')
  plain(): string {
    return `run ${++runs}`;
  }
}

/** A controller with one handler that a mistake in the options makes invalid. */
function invalid(options: HttpCacheOptions, decorate: (prototype: object, name: string) => void = () => {}): Type {
  @UseInterceptors(HttpCacheInterceptor)
  @Controller('invalid')
  class Invalid {
    @Get(':id')
    @HttpCache(options)
    get(argument: unknown): unknown {
      return argument;
    }
  }
  decorate(Invalid.prototype, 'get');
  return Invalid;
}

export function refusedSuite(setting: Setting): void {
  const start = cachedApps(setting);
  beforeEach(() => {
    runs = 0;
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe('the HTTP cache', () => {
    test.each([
      ['an error', 'missing'],
      ['an error status', 'failed'],
      ['a stream', 'file'],
      ['server-sent events', 'events'],
      ['a response that the handler writes', 'manual'],
      ['a response with Set-Cookie', 'cookie'],
      ['a response with no-store', 'no-store'],
      ['a private response', 'private'],
      ['an instance of a class', 'instance'],
    ])('does not store %s', async (_, path) => {
      vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
      const { ask } = await start([Cities]);
      for (const run of [1, 2]) {
        const response = await ask(`/cities/${path}`);
        expect(await response.text()).toContain(`run ${run}`);
        expect([response.headers.get('x-cache'), response.headers.get('age')]).toEqual([null, null]);
      }
    });

    test('logs once that a result contains an instance of a class', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
      const { ask } = await start([Cities]);
      for (let i = 0; i < 3; i++) await ask('/cities/instance');
      const lines = warn.mock.calls.filter(([line]) => String(line).includes('is not cached'));
      expect(lines).toEqual([[expect.stringMatching(/^Cities\.instance is not cached: .*instances of classes/)]]);
    });

    test('gives each of several concurrent requests its own stream and its own cookie', async () => {
      vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
      const app = await start([Cities]);
      for (const path of ['/cities/file', '/cities/cookie']) {
        runs = 0;
        const responses = await pause.askTogether(app, path, 4);
        const texts = await Promise.all(responses.map((response) => response.text()));
        expect(texts.sort()).toEqual(['run 1', 'run 2', 'run 3', 'run 4']);
        const cookies = responses.map(({ headers }) => headers.get('set-cookie'));
        expect(new Set(cookies).size).toBe(path === '/cities/cookie' ? 4 : 1);
      }
    });

    test.each<[string, RequestInit['headers']]>([
      ['Authorization', { authorization: 'Bearer secret' }],
      ['Cookie', { cookie: 'session=secret' }],
      ['Cache-Control: no-store', { 'cache-control': 'no-store' }],
    ])('neither stores nor serves a request with %s', async (_, headers = {}) => {
      const { ask } = await start([Cities]);
      const texts: string[] = [];
      for (const init of [{ headers }, {}, { headers }, {}])
        texts.push(await (await ask('/cities/plain', init)).text());
      expect(texts).toEqual(['run 1', 'run 2', 'run 3', 'run 2']);
    });

    test('answers without Redis by running the handler once, and then from memory', async () => {
      const { ask } = await cachedApps({ ...setting, redis: () => ({ connection: 'redis://127.0.0.1:1' }) })([Cities]);
      const texts = [await ask('/cities/plain'), await ask('/cities/plain')].map((response) => response.text());
      expect(await Promise.all(texts)).toEqual(['run 1', 'run 1']);
    });
  });

  describe('an application with @HttpCache', () => {
    test.each<[string, string, Type]>([
      ['all query parameters and declares none', 'HttpCache.query', invalid({}, (on, name) => Query()(on, name, 0))],
      [
        'a query parameter that it does not declare',
        'HttpCache.query',
        invalid({ query: ['page'] }, (on, name) => Query('sort')(on, name, 0)),
      ],
      ['all headers and declares none', 'HttpCache.vary', invalid({}, (on, name) => Headers()(on, name, 0))],
      [
        'a header that it does not declare',
        'HttpCache.vary',
        invalid({ vary: [] }, (on, name) => Headers('accept')(on, name, 0)),
      ],
      ['the address of the client without keyBy', 'HttpCache.keyBy', invalid({}, (on, name) => Ip()(on, name, 0))],
      [
        'the header Authorization without keyBy',
        'HttpCache.keyBy',
        invalid({}, (on, name) => Headers('Authorization')(on, name, 0)),
      ],
      ['a tag of an unknown route parameter', 'HttpCache.tags[0]', invalid({ tags: ['city:{name}'] })],
      ['an unknown instance', 'HttpCache.instance', invalid({ instance: 'typo' })],
    ])('does not start when a handler reads %s', async (_, path, type) => {
      await expect(start([type])).rejects.toMatchObject({
        code: 'OPTION_INVALID',
        message: expect.stringMatching(/\(Invalid\.get\)$/),
        context: { path },
      });
    });

    test('does not start when the decorated handler is not one of GET', async () => {
      @Controller('invalid')
      class Invalid {
        @Post()
        @HttpCache()
        create(): void {}
      }
      await expect(start([Invalid])).rejects.toMatchObject({ code: 'OPTION_INVALID', context: { path: 'HttpCache' } });
    });
  });
}
