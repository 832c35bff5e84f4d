import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, test, vi } from 'vitest';
import {
  getRateLimiterToken,
  InjectRateLimiter,
  RateLimit,
  RateLimiter,
  RateLimitGuard,
  RedisInfraError,
  RedisModule,
  type RateLimitDecision,
} from '../../../src/index.js';
import { api, DEADLINE, login, namesIn, problemOf, servedPerTest, type Setting } from './reading.js';
import type { RateLimitedApp } from '../rate-limited-app.js';

/** How guards find their instance: several guards, several instances, or none. */
export function guardsSuite(setting: Setting): void {
  const serve = servedPerTest(setting);

  describe('the guard', () => {
    @UseGuards(RateLimitGuard)
    @RateLimit('login')
    @Controller('guarded')
    class Guarded {
      @UseGuards(RateLimitGuard)
      @Get()
      get(): string {
        return '';
      }
    }
    const rateLimit = { policies: [login] };

    test('counts a request once when it is applied several times', async () => {
      const providers = [{ provide: APP_GUARD, useClass: RateLimitGuard }];
      const prepare = (app: RateLimitedApp['app']): unknown => app.useGlobalGuards(app.get(RateLimitGuard));
      const { statuses } = await serve({ controllers: [Guarded], providers, rateLimit, prepare });
      expect(await statuses(3, '/guarded')).toEqual([200, 200, 429]);
    });

    test('uses the instance of @RateLimit when all instances have names', async () => {
      @UseGuards(RateLimitGuard)
      @Controller('named')
      class Named {
        constructor(@InjectRateLimiter('other') readonly limiter: RateLimiter) {}
        @RateLimit(['login'], { instance: 'other' })
        @Get()
        get(): string {
          return '';
        }
        @RateLimit([], { instance: 'other' })
        @Get('default')
        default(): string {
          return '';
        }
        @Get('free')
        free(): string {
          return '';
        }
      }
      const other = {
        ...setting.redis(),
        keyPrefix: `other${Math.random()}:`,
        rateLimit: { deadline: DEADLINE, policies: [login, api], default: ['api'] },
      };
      const imports = [RedisModule.forRoot({ ...other, name: 'other' })];
      const { app, ask, statuses } = await serve({ imports, controllers: [Named], redis: undefined });
      expect(await statuses(3, '/named')).toEqual([200, 200, 429]);
      expect(namesIn(await ask('/named/default'))).toEqual(['api']);
      expect(await statuses(1, '/named/free')).toEqual([200]);
      expect(app.get(Named).limiter).toBe(app.get(getRateLimiterToken('other')));
    });

    test('fails the start without an instance in @RateLimit when all instances have names', async () => {
      @UseGuards(RateLimitGuard)
      @Controller('lost')
      class Lost {
        @RateLimit(login)
        @Get()
        get(): string {
          return '';
        }
      }
      const imports = [RedisModule.forRoot({ connection: 'memory://', name: 'other' })];
      await expect(serve({ imports, controllers: [Lost], redis: undefined })).rejects.toThrow(
        /there is no RedisModule without a name: set the instance that counts.*Lost\.get/,
      );
    });

    test('fails the start when a handler extends the policies of another instance', async () => {
      @UseGuards(RateLimitGuard)
      @RateLimit('login')
      @Controller('two')
      class Two {
        @RateLimit(['login'], { extend: true, instance: 'other' })
        @Get()
        get(): string {
          return '';
        }
      }
      const imports = [RedisModule.forRoot({ connection: 'memory://', name: 'other', rateLimit })];
      await expect(serve({ imports, controllers: [Two], rateLimit })).rejects.toThrow(
        /RateLimit\.instance: differs from the instance of the class.*Two\.get/,
      );
    });

    test('works in a module that imports a non-global instance', async () => {
      const local = RedisModule.forRoot({
        ...setting.redis(),
        keyPrefix: `local${Math.random()}:`,
        isGlobal: false,
        rateLimit: { ...rateLimit, deadline: DEADLINE },
      });
      @Module({ imports: [local], controllers: [Guarded] })
      class Local {}
      const { statuses } = await serve({ imports: [Local], redis: undefined });
      expect(await statuses(3, '/guarded')).toEqual([200, 200, 429]);
    });

    test('responds with 503 when the limiter cannot decide and onError is closed', async () => {
      const closed = (shadow: boolean) => async (): Promise<RateLimitDecision> => {
        const none = {
          policy: 'login',
          allowed: false,
          limit: 2,
          burst: 2,
          windowMs: 1,
          remaining: 0,
          resetMs: 0,
          retryAfterMs: undefined,
          shadow,
        };
        return { ...none, source: 'closed', policies: [none] };
      };
      const { app, ask } = await serve({ controllers: [Guarded], rateLimit });
      const consume = vi.spyOn(app.get(RateLimiter), 'consume').mockImplementation(closed(false));
      const answer = await ask('/guarded');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.has('ratelimit')).toBe(false);
      const problem = await problemOf(answer);
      expect(problem).toMatchObject({ status: 503, type: expect.stringContaining('#temporary-reduced-capacity') });
      expect(problem).not.toHaveProperty('violated-policies');
      consume.mockRejectedValue(new RedisInfraError('LIMITER_UNAVAILABLE', 'unavailable'));
      expect((await ask('/guarded')).status).toBe(503);
      consume.mockImplementation(closed(true));
      expect((await ask('/guarded')).status).toBe(200);
    });
  });
}
