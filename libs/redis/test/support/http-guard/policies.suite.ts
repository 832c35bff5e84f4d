import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { Controller, Get, Module, Post, UseGuards, VersioningType } from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { describe, expect, test } from 'vitest';
import { RateLimit, RateLimitGuard, SkipRateLimit } from '../../../src/index.js';
import { api, login, namesIn, problemOf, servedPerTest, type Setting } from './reading.js';

/** Which policies apply, and under which names. */
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

    test('of a class share one count for its handlers', async () => {
      const { statuses } = await serve(options);
      expect([...(await statuses(2, '/c/a')), ...(await statuses(2, '/c/b'))]).toEqual([200, 200, 200, 429]);
    });

    test('of two classes that inherit a handler are counted separately', async () => {
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

    test('of two controllers on one route share a count when they are equivalent, and otherwise do not', async () => {
      @UseGuards(RateLimitGuard)
      @RateLimit({ limit: 2, window: '1h' })
      @Controller('shared')
      class First {
        @Get('a')
        a(): string {
          return '';
        }
      }
      @UseGuards(RateLimitGuard)
      @RateLimit({ limit: 2, window: 3600 })
      @Controller('shared')
      class Same {
        @Get('b')
        b(): string {
          return '';
        }
      }
      @UseGuards(RateLimitGuard)
      @RateLimit({ limit: 1, window: '1m' }, { limit: 2, window: '1h' })
      @Controller('shared')
      class Other {
        @Get('c')
        c(): string {
          return '';
        }
      }
      @UseGuards(RateLimitGuard)
      @RateLimit({ limit: 5, window: '1m' })
      @Controller('shared')
      class Third {
        @Get('d')
        d(): string {
          return '';
        }
      }
      const { ask, statuses } = await serve({ controllers: [First, Same, Other, Third] });
      expect(namesIn(await ask('/shared/a'))).toEqual(['/shared']);
      expect(namesIn(await ask('/shared/b'))).toEqual(['/shared']);
      expect(await statuses(1, '/shared/a')).toEqual([429]);
      expect(namesIn(await ask('/shared/c'))).toEqual(['/shared 1m', '/shared 1h']);
      expect(namesIn(await ask('/shared/d'))).toEqual(['/shared 1m 2']);
    });

    test('of one path on two hosts are counted separately', async () => {
      const isExpress = setting.platform === 'express';
      const policy = { limit: 1, window: '1h' } as const;
      @UseGuards(RateLimitGuard)
      @RateLimit(policy)
      @Controller({ path: 'hosted', host: 'a.test' })
      class A {
        @RateLimit([policy], { extend: true })
        @Get(isExpress ? '' : 'a')
        a(): string {
          return '';
        }
      }
      @UseGuards(RateLimitGuard)
      @RateLimit(policy)
      @Controller({ path: 'hosted', host: ['b.test', 'c.test'] })
      class B {
        @RateLimit([policy], { extend: true })
        @Get(isExpress ? '' : 'b')
        b(): string {
          return '';
        }
      }
      const { url } = await serve({ controllers: [A, B] });
      const policiesOf = async (host: string, path: string): Promise<unknown> => {
        const request = httpGet(url + (isExpress ? '/hosted' : `/hosted/${path}`), { headers: { host } });
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        response.resume();
        return [response.statusCode, response.headers['ratelimit-policy']];
      };
      const [a, b] = isExpress ? ['', ''] : ['/a', '/b'];
      expect(await policiesOf('a.test', 'a')).toEqual([
        200,
        `"a.test/hosted";q=1;w=3600, "GET a.test/hosted${a}";q=1;w=3600`,
      ]);
      expect(await policiesOf('b.test', 'b')).toEqual([
        200,
        `"b.test+c.test/hosted";q=1;w=3600, "GET b.test+c.test/hosted${b}";q=1;w=3600`,
      ]);
    });

    test('without a name get another name when their route is the name of a policy', async () => {
      @UseGuards(RateLimitGuard)
      @RateLimit({ limit: 2, window: '1h' })
      @Controller('taken')
      class Taken {
        @Get()
        get(): string {
          return '';
        }
      }
      const { ask } = await serve({ controllers: [Taken], rateLimit: { policies: [{ ...api, name: '/taken' }] } });
      expect(namesIn(await ask('/taken'))).toEqual(['/taken 1h']);
    });

    test('with one name share a count when they are equivalent', async () => {
      @UseGuards(RateLimitGuard)
      @Controller('words')
      class Words {
        @RateLimit({ name: 'x', limit: 2, window: '1h' })
        @Get('a')
        a(): string {
          return '';
        }
        @RateLimit({ window: 3600, limit: 2, algorithm: 'gcra', name: 'x', burst: 2 })
        @Get('b')
        b(): string {
          return '';
        }
      }
      const { statuses } = await serve({ controllers: [Words] });
      expect([...(await statuses(1, '/words/a')), ...(await statuses(2, '/words/b'))]).toEqual([200, 200, 429]);
    });

    describe('with a mistake', () => {
      const MISTAKES: readonly (readonly [mistake: string, decorator: MethodDecorator, message: string])[] = [
        ['SkipRateLimit with an unknown name', SkipRateLimit('typo'), "SkipRateLimit: no policy is named 'typo'"],
        [
          'an unknown instance',
          RateLimit(['login'], { instance: 'nope' }),
          "RateLimit.instance: there is no RedisModule named 'nope'",
        ],
        [
          'a policy with the name of a policy of the module',
          RateLimit({ name: 'login', limit: 9, window: '1h' }),
          "RateLimit.name: 'login' is already a policy in rateLimit.policies",
        ],
        [
          'a different policy with a name in use',
          RateLimit({ name: 'x', limit: 2, window: '1h' }),
          "RateLimit.name: two different policies are named 'x'",
        ],
      ];

      test.each(MISTAKES)('fail the start with the name of the handler: %s', async (_, decorator, message) => {
        @Controller('mistakes')
        class Mistakes {
          @RateLimit({ name: 'x', limit: 1, window: '1h' })
          @Get('a')
          right(): string {
            return '';
          }
          @decorator
          @Get('b')
          wrong(): string {
            return '';
          }
        }
        const start = serve({ controllers: [Mistakes], rateLimit: { policies: [login] } });
        await expect(start).rejects.toMatchObject({
          code: 'OPTION_INVALID',
          message: expect.stringContaining(message),
        });
        await expect(start).rejects.toThrow('Mistakes.wrong');
      });

      test('fail the start without a RedisModule', async () => {
        @UseGuards(RateLimitGuard)
        @Controller('alone')
        class Alone {
          @RateLimit(login)
          @Get()
          get(): string {
            return '';
          }
        }
        await expect(serve({ controllers: [Alone], redis: undefined })).rejects.toThrow(
          'RateLimit.instance: there is no RedisModule without a name',
        );
      });
    });

    test('of a handler replace or extend those of its class', async () => {
      const { ask } = await serve(options);
      expect(namesIn(await ask('/c/own'))).toEqual(['login']);
      expect(namesIn(await ask('/c/more'))).toEqual(['/c', 'api', 'login']);
    });

    test('are charged all or none, and a refusal names the policy that refused', async () => {
      const { ask, statuses } = await serve(options);
      expect(await statuses(2, '/c/own')).toEqual([200, 200]);
      const refused = await ask('/c/more');
      expect([refused.status, (await problemOf(refused))['violated-policies']]).toEqual([429, ['login']]);
      expect(await statuses(4, '/c/a')).toEqual([200, 200, 200, 429]);
    });

    test('are skipped by @SkipRateLimit, all or by name', async () => {
      const { ask } = await serve(options);
      expect((await ask('/c/free')).headers.has('ratelimit')).toBe(false);
      expect(namesIn(await ask('/c/less'))).toEqual(['/c']);
    });

    test('with an unknown name fail the start', async () => {
      const path = 'rateLimit.policies';
      const invalid = (message: string): unknown =>
        expect.objectContaining({
          code: 'OPTION_INVALID',
          context: { path },
          message: expect.stringContaining(message),
        });
      await expect(serve({ controllers: [OfClass] })).rejects.toEqual(
        invalid("'api', which @RateLimit on OfClass uses"),
      );
      const onlyApi = serve({ controllers: [OfClass], rateLimit: { policies: [api] } });
      await expect(onlyApi).rejects.toEqual(invalid("'login', which @RateLimit on OfClass.own uses"));
    });

    test('in rateLimit.default apply to handlers without @RateLimit', async () => {
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

    test('with shadow never refuse and are absent from the headers', async () => {
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

    test('without a name are named after prefix, version, module and route', async () => {
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
