import { Controller, Get, Logger, Module, Post, UseGuards, VersioningType } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimitGuard, SkipRateLimit } from '../../../src/index.js';
import { api, login, namesIn, problemOf, servedPerTest, type Setting } from './reading.js';

/** Which policies hold, and under which names. */
export function policiesSuite(setting: Setting): void {
  const serve = servedPerTest(setting);

  describe('policies', () => {
    @UseGuards(RateLimitGuard)
    @RateLimit({ limit: 3, window: '1h' }, 'api')
    @Controller('c')
    class OfClass {
      @Get('a')
      a(): string {
        return 'a';
      }
      @Get('b')
      b(): string {
        return 'b';
      }
      @RateLimit('login')
      @Get('own')
      own(): string {
        return 'own';
      }
      @RateLimit(['login'], { extend: true })
      @Get('more')
      more(): string {
        return 'more';
      }
      @SkipRateLimit()
      @Get('free')
      free(): string {
        return 'free';
      }
      @SkipRateLimit('api')
      @Get('less')
      less(): string {
        return 'less';
      }
    }
    const options = { controllers: [OfClass], rateLimit: { policies: [login, { ...api, limit: 100 }] } };

    test('of a class are one count for its handlers', async () => {
      const { statuses } = await serve(options);
      expect([...(await statuses(2, '/c/a')), ...(await statuses(2, '/c/b'))]).toEqual([200, 200, 200, 429]);
    });

    test('of classes that inherit a handler are each counted on their own', async () => {
      class Base {
        @Get()
        get(): string {
          return '';
        }
      }
      const policy = { limit: 1, window: '1h' } as const;
      @UseGuards(RateLimitGuard)
      @RateLimit(policy)
      @Controller('one')
      class One extends Base {}
      @UseGuards(RateLimitGuard)
      @RateLimit(policy)
      @Controller('two')
      class Two extends Base {}
      const { ask, statuses } = await serve({ controllers: [One, Two] });
      expect(namesIn(await ask('/one'))).toEqual(['/one']);
      expect(namesIn(await ask('/two'))).toEqual(['/two']);
      expect([...(await statuses(1, '/one')), ...(await statuses(1, '/two'))]).toEqual([429, 429]);
    });

    test('of one name that say different things are an error of the server', async () => {
      const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
      @UseGuards(RateLimitGuard)
      @Controller('twice')
      class Twice {
        @RateLimit({ name: 'x', limit: 1, window: '1h' })
        @Get('a')
        a(): string {
          return '';
        }
        @RateLimit({ name: 'x', limit: 2, window: '1h' })
        @Get('b')
        b(): string {
          return '';
        }
      }
      const { statuses } = await serve({ controllers: [Twice] });
      expect([...(await statuses(1, '/twice/a')), ...(await statuses(1, '/twice/b'))]).toEqual([200, 500]);
      expect(String(error.mock.calls[0]?.[0])).toContain("two different policies are named 'x'");
    });

    test('of a handler replace those of its class, or extend them', async () => {
      const { ask } = await serve(options);
      expect(namesIn(await ask('/c/own'))).toEqual(['login']);
      expect(namesIn(await ask('/c/more'))).toEqual(['/c', 'api', 'login']);
    });

    test('are spent all or not at all, and the answer names the one that refused', async () => {
      const { ask, statuses } = await serve(options);
      expect(await statuses(2, '/c/own')).toEqual([200, 200]);
      const refused = await ask('/c/more');
      expect([refused.status, (await problemOf(refused))['violated-policies']]).toEqual([429, ['login']]);
      expect(await statuses(4, '/c/a')).toEqual([200, 200, 200, 429]);
    });

    test('are skipped, all or by name', async () => {
      const { ask } = await serve(options);
      expect((await ask('/c/free')).headers.has('ratelimit')).toBe(false);
      expect(namesIn(await ask('/c/less'))).toEqual(['/c']);
    });

    test('that are not there are found when the application starts', async () => {
      const path = 'rateLimit.policies';
      const invalid = (message: string): unknown =>
        expect.objectContaining({
          code: 'OPTION_INVALID',
          context: { path },
          message: expect.stringContaining(message),
        });
      await expect(serve({ controllers: [OfClass] })).rejects.toEqual(
        invalid("'api', which @RateLimit on OfClass holds"),
      );
      const onlyApi = serve({ controllers: [OfClass], rateLimit: { policies: [api] } });
      await expect(onlyApi).rejects.toEqual(invalid("'login', which @RateLimit on OfClass.own holds"));
    });

    test('of the module hold for all other handlers', async () => {
      @Controller()
      class Plain {
        @Get('plain')
        plain(): string {
          return '';
        }
        @RateLimit('login')
        @Get('own')
        own(): string {
          return '';
        }
      }
      const rateLimit = { policies: [login, api], default: ['api'] };
      const providers = [{ provide: APP_GUARD, useClass: RateLimitGuard }];
      const { ask } = await serve({ controllers: [Plain], providers, rateLimit });
      expect(namesIn(await ask('/plain'))).toEqual(['api']);
      expect(namesIn(await ask('/own'))).toEqual(['login']);
    });

    test('in shadow never refuse, and are not shown', async () => {
      @UseGuards(RateLimitGuard)
      @Controller('shadow')
      class Shadow {
        @RateLimit({ name: 'tried', limit: 1, window: '1h', shadow: true }, 'api')
        @Get()
        get(): string {
          return '';
        }
      }
      const { ask, statuses } = await serve({ controllers: [Shadow], rateLimit: { policies: [api] } });
      expect(namesIn(await ask('/shadow'))).toEqual(['api']);
      expect(await statuses(3, '/shadow')).toEqual([200, 200, 429]);
    });

    test('without a name are named by prefix, version, module and route', async () => {
      @UseGuards(RateLimitGuard)
      @Controller({ path: 'cities', version: '2' })
      class Versioned {
        @RateLimit({ limit: 5, window: '1h' })
        @Get(':id')
        one(): string {
          return '';
        }
        @RateLimit({ limit: 5, window: '1h' })
        @Post()
        add(): string {
          return '';
        }
      }
      @Module({ controllers: [Versioned] })
      class Geo {}
      const imports = [Geo, RouterModule.register([{ path: 'geo', module: Geo }])];
      const inPath = await serve({
        imports,
        prepare: (app) => void app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
      });
      expect(namesIn(await inPath.ask('/api/v2/geo/cities/1'))).toEqual(['GET /api/v2/geo/cities/:id']);
      expect(namesIn(await inPath.ask('/api/v2/geo/cities', { method: 'POST' }))).toEqual(['POST /api/v2/geo/cities']);
      const inHeader = await serve({
        imports,
        prepare: (app) => void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      });
      const answer = await inHeader.ask('/geo/cities/1', { headers: { 'x-version': '2' } });
      expect(namesIn(answer)).toEqual(['GET /geo/cities/:id v2']);
    });
  });
}
