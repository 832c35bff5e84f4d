import {
  Controller,
  Get,
  Headers,
  Param,
  Post,
  Query,
  UseInterceptors,
  VersioningType,
  type ExecutionContext,
} from '@nestjs/common';
import { beforeEach, describe, expect, test } from 'vitest';
import { HttpCache, HttpCacheInterceptor, RedisModule } from '../../../src/index.js';
import { cachedApps, seen, type Setting } from './cached-app.js';

let runs = 0;

const userOf = (context: ExecutionContext): string | undefined =>
  context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers.authorization;

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m' })
@Controller('cities')
class Cities {
  @Get()
  list(@Query('page') page: string, @Query('sort') sort: string): object {
    return { page, sort, run: ++runs };
  }

  @Get('greeting')
  greet(@Headers('Accept-Language') language: string): object {
    return { language, run: ++runs };
  }

  @Get('mine')
  @HttpCache({ keyBy: userOf })
  mine(@Headers('authorization') user: string): object {
    return { user, run: ++runs };
  }

  @Get('free')
  @HttpCache(false)
  free(): object {
    return { run: ++runs };
  }

  @Get(':a/:b')
  pair(@Param('a') a: string, @Param('b') b: string): object {
    return { a, b, run: ++runs };
  }

  @Post()
  create(): object {
    return { run: ++runs };
  }
}

@UseInterceptors(HttpCacheInterceptor)
@Controller('plain')
class Plain {
  @Get()
  undecorated(): object {
    return { run: ++runs };
  }
}

function versioned(version: string): typeof Cities {
  @UseInterceptors(HttpCacheInterceptor)
  @HttpCache()
  @Controller({ path: 'versions', version })
  class Versions {
    @Get()
    version(): object {
      return { version, run: ++runs };
    }
  }
  return Versions as unknown as typeof Cities;
}

export function keysSuite(setting: Setting): void {
  const start = cachedApps(setting);
  beforeEach(() => {
    runs = 0;
  });

  describe('the key of a response', () => {
    test('distinguishes route parameters, also those with separators', async () => {
      const { ask } = await start([Cities]);
      for (const path of ['a%2Fb/c', 'a/b%2Fc', 'a/b', 'a,b/c', 'a/b,c']) {
        expect((await seen(ask(`/cities/${path}`)))[0]).toBe('MISS');
        expect((await seen(ask(`/cities/${path}`)))[0]).toBe('HIT');
      }
      expect(runs).toBe(5);
    });

    test('contains the query parameters that the handler reads, in any order, and no others', async () => {
      const { ask } = await start([Cities]);
      await ask('/cities?page=1&sort=name');
      expect(await seen(ask('/cities?utm_source=mail&sort=name&page=1'))).toEqual([
        'HIT',
        { page: '1', sort: 'name', run: 1 },
      ]);
      for (const query of ['page=2&sort=name', 'page=1', 'page=1&page=2', 'page=', ''])
        expect((await seen(ask(`/cities?${query}`)))[0]).toBe('MISS');
    });

    test('contains the headers that the handler reads, which Vary lists', async () => {
      const { ask } = await start([Cities]);
      const inLanguage = (language: string): Promise<Response> =>
        ask('/cities/greeting', { headers: { 'accept-language': language } });
      const german = await inLanguage('de');
      expect(german.headers.get('vary')).toBe('accept-language');
      expect(await seen(inLanguage('fr'))).toEqual(['MISS', { language: 'fr', run: 2 }]);
      const again = await inLanguage('de');
      expect(again.headers.get('vary')).toBe('accept-language');
      expect(await seen(again)).toEqual(['HIT', { language: 'de', run: 1 }]);
    });

    test('is hashed when it is long', async () => {
      const { ask } = await start([Cities]);
      const long = 'a'.repeat(3000);
      await ask(`/cities?page=${long}`);
      expect((await seen(ask(`/cities?page=${long}`)))[0]).toBe('HIT');
      expect((await seen(ask(`/cities?page=${long}b`)))[0]).toBe('MISS');
    });

    test('contains the prefix of the application and the version of the route', async () => {
      const { ask } = await start([versioned('1'), versioned('2')], {
        prepare: (app) =>
          app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      });
      const of = (version: string): Promise<readonly [string | null, unknown]> =>
        seen(ask('/api/versions', { headers: { 'x-version': version } }));
      expect([await of('1'), await of('2'), await of('1'), await of('2')]).toEqual([
        ['MISS', { version: '1', run: 1 }],
        ['MISS', { version: '2', run: 2 }],
        ['HIT', { version: '1', run: 1 }],
        ['HIT', { version: '2', run: 2 }],
      ]);
    });

    test('contains what keyBy returns, and clients never share a response', async () => {
      const { ask } = await start([Cities]);
      const as = (authorization: string): Promise<readonly [string | null, unknown]> =>
        seen(ask('/cities/mine', { headers: { authorization } }));
      expect([await as('ada'), await as('bob'), await as('ada')]).toEqual([
        ['MISS', { user: 'ada', run: 1 }],
        ['MISS', { user: 'bob', run: 2 }],
        ['HIT', { user: 'ada', run: 1 }],
      ]);
    });

    test('is missing when keyBy returns undefined: the response is not cached', async () => {
      const { ask } = await start([Cities]);
      expect([await seen(ask('/cities/mine')), await seen(ask('/cities/mine'))]).toEqual([
        [null, { run: 1 }],
        [null, { run: 2 }],
      ]);
    });
  });

  describe('HttpCacheInterceptor', () => {
    test.each([
      ['with @HttpCache(false)', 'GET', '/cities/free'],
      ['without @HttpCache', 'GET', '/plain'],
      ['of another method than GET', 'POST', '/cities'],
    ])('does not cache a handler %s', async (_, method, path) => {
      const { ask } = await start([Cities, Plain]);
      expect([await seen(ask(path, { method })), await seen(ask(path, { method }))]).toEqual([
        [null, { run: 1 }],
        [null, { run: 2 }],
      ]);
    });

    test('caches in a named instance, without an unnamed instance', async () => {
      @UseInterceptors(HttpCacheInterceptor)
      @HttpCache({ instance: 'second' })
      @Controller('named')
      class Named {
        @Get()
        get(): object {
          return { run: ++runs };
        }
      }
      const second = RedisModule.forRoot({ ...setting.redis(), keyPrefix: `${Math.random()}:`, name: 'second' });
      const { ask } = await cachedApps({ ...setting, redis: () => undefined as never })([Named], { imports: [second] });
      expect([await seen(ask('/named')), await seen(ask('/named'))]).toEqual([
        ['MISS', { run: 1 }],
        ['HIT', { run: 1 }],
      ]);
    });
  });
}
