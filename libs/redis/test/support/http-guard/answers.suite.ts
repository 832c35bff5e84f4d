import {
  Controller,
  Get,
  Header,
  HttpException,
  Logger,
  UseFilters,
  UseGuards,
  Catch,
  Inject,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { describe, expect, test, vi } from 'vitest';
import {
  RateLimit,
  RateLimitedError,
  RateLimiter,
  RateLimitExceptionFilter,
  RateLimitGuard,
  RedisInfraError,
  type RateLimitProblem,
} from '../../../src/index.js';
import { QUOTA_EXCEEDED, list, login, problemOf, servedPerTest, type Setting } from './reading.js';
import type { RateLimitedApp } from '../rate-limited-app.js';

/** The responses of the guard and of the filter. */
export function answersSuite(setting: Setting): void {
  const serve = servedPerTest(setting);

  describe('a response', () => {
    @UseGuards(RateLimitGuard)
    @Controller('cities')
    class Cities {
      @RateLimit({ limit: 2, window: '1h' })
      @Get(':id')
      one(): string {
        return 'Bern';
      }

      @Get()
      free(): string {
        return 'free';
      }
    }

    test('to an admitted request has headers with the remaining tokens', async () => {
      const { ask } = await serve({ controllers: [Cities] });
      const answer = await ask('/cities/1');
      expect([answer.status, await answer.text()]).toEqual([200, 'Bern']);
      expect(list(answer, 'RateLimit-Policy')).toEqual([['GET /cities/:id', { q: 2, w: 3600 }]]);
      const state = list(answer, 'RateLimit');
      expect(state).toEqual([['GET /cities/:id', { r: 1, t: expect.any(Number) }]]);
      const t = Number(state[0]?.[1].t);
      expect(t).toBeGreaterThan(0);
      expect(t).toBeLessThanOrEqual(3600);
      expect(answer.headers.has('retry-after')).toBe(false);
      expect(answer.headers.has('x-ratelimit-limit')).toBe(false);
    });

    test('to a refused request is a problem with status 429, and has the same time in Retry-After and its body', async () => {
      const { ask, statuses } = await serve({ controllers: [Cities] });
      expect(await statuses(2, '/cities/1')).toEqual([200, 200]);
      const answer = await ask('/cities/2');
      expect(answer.status).toBe(429);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(list(answer, 'RateLimit')).toMatchObject([['GET /cities/:id', { r: 0 }]]);
      const after = Number(answer.headers.get('retry-after'));
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(after).toBeLessThanOrEqual(3600);
      expect(await problemOf(answer)).toEqual({
        type: QUOTA_EXCEEDED,
        title: expect.any(String),
        status: 429,
        detail: expect.stringContaining('GET /cities/:id'),
        'violated-policies': ['GET /cities/:id'],
        'retry-after': after,
      });
    });

    test('of a handler without policies has no rate limit headers', async () => {
      const { ask } = await serve({ controllers: [Cities] });
      const answer = await ask('/cities');
      expect([answer.status, answer.headers.has('ratelimit'), answer.headers.has('ratelimit-policy')]).toEqual([
        200,
        false,
        false,
      ]);
    });

    test('has legacy headers, both styles or none, depending on the option headers', async () => {
      const legacy = await (await serve({ controllers: [Cities], rateLimit: { headers: 'legacy' } })).ask('/cities/1');
      expect(legacy.headers.get('x-ratelimit-limit')).toBe('2');
      expect(legacy.headers.get('x-ratelimit-remaining')).toBe('1');
      expect(legacy.headers.get('x-ratelimit-reset')).toMatch(/^[1-9]\d*$/);
      expect(legacy.headers.has('ratelimit')).toBe(false);
      const both = await (await serve({ controllers: [Cities], rateLimit: { headers: 'both' } })).ask('/cities/1');
      expect([both.headers.has('x-ratelimit-limit'), both.headers.has('ratelimit')]).toEqual([true, true]);
      const none = await serve({ controllers: [Cities], rateLimit: { headers: false } });
      expect((await none.ask('/cities/1')).headers.has('ratelimit')).toBe(false);
      await none.ask('/cities/1');
      const refused = await none.ask('/cities/1');
      expect([refused.status, refused.headers.has('ratelimit'), refused.headers.has('retry-after')]).toEqual([
        429,
        false,
        true,
      ]);
    });

    test('to a refused request comes from the exception filter of the application, if it has one', async () => {
      @Catch(HttpException)
      class Own implements ExceptionFilter {
        constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}
        catch(error: HttpException, host: ArgumentsHost): void {
          const { limit } = (error.cause as RateLimitedError).decision;
          const body = { own: (error.getResponse() as RateLimitProblem).type, limit };
          this.host.httpAdapter.reply(host.switchToHttp().getResponse(), body, 418);
        }
      }
      const prepare = (app: RateLimitedApp['app']): unknown => app.useGlobalFilters(new Own(app.get(HttpAdapterHost)));
      const { ask, statuses } = await serve({ controllers: [Cities], prepare });
      await statuses(2, '/cities/1');
      const answer = await ask('/cities/1');
      expect([answer.status, await answer.json()]).toEqual([418, { own: QUOTA_EXCEEDED, limit: 2 }]);
      expect(answer.headers.has('retry-after')).toBe(true);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json(;|$)/);
    });

    interface AnyResponse {
      status(code: number): AnyResponse;
      type(type: string): AnyResponse;
      send(body: unknown): void;
    }
    const PROBLEM = /^application\/problem\+json(;|$)/;
    const FILTERS: readonly (readonly [
      body: string,
      type: RegExp,
      write: (response: AnyResponse, problem: RateLimitProblem) => void,
    ])[] = [
      ['the problem', PROBLEM, (response, problem) => response.send(problem)],
      ['more than the problem', PROBLEM, (response, problem) => response.send({ ...problem, instance: '/me' })],
      ['another object', /^application\/json(;|$)/, (response) => response.send({ message: 'slow down' })],
      ['text', /^text\//, (response) => response.send('slow down')],
      [
        'another content type',
        /^application\/vnd\.api\+json(;|$)/,
        (response, problem) => {
          response.type('application/vnd.api+json').send(problem);
        },
      ],
    ];

    test.each(FILTERS)(
      'to a refused request has the content type of its body when a filter writes %s',
      async (_, type, write) => {
        @Catch(HttpException)
        class Own implements ExceptionFilter {
          catch(error: HttpException, host: ArgumentsHost): void {
            const response = host.switchToHttp().getResponse<AnyResponse>();
            write(response.status(error.getStatus()), error.getResponse() as RateLimitProblem);
          }
        }
        const { ask, statuses } = await serve({
          controllers: [Cities],
          providers: [{ provide: APP_FILTER, useClass: Own }],
        });
        await statuses(2, '/cities/1');
        const answer = await ask('/cities/1');
        expect([answer.status, answer.headers.get('content-type')]).toEqual([429, expect.stringMatching(type)]);
      },
    );

    test('to a refused request logs no warning about its content type', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn');
      const { statuses } = await serve({ controllers: [Cities] });
      expect(await statuses(3, '/cities/1')).toEqual([200, 200, 429]);
      expect(warn).not.toHaveBeenCalled();
    });
  });

  describe('RateLimitExceptionFilter', () => {
    @Catch(RedisInfraError)
    class Others implements ExceptionFilter {
      constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}
      catch(error: RedisInfraError, host: ArgumentsHost): void {
        this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { others: error.code }, 418);
      }
    }

    @UseFilters(Others, RateLimitExceptionFilter)
    @Controller('checked')
    class Checked {
      constructor(@Inject(RateLimiter) private readonly limiter: RateLimiter) {}
      @Get()
      async get(): Promise<string> {
        await this.limiter.check('login', 'me');
        return '';
      }
      @Header('Content-Type', 'text/csv')
      @Get('csv')
      csv(): Promise<string> {
        return this.get();
      }
      @Get('closed')
      closed(): never {
        throw new RedisInfraError('LIMITER_UNAVAILABLE', 'unavailable');
      }
      @Get('other')
      other(): never {
        throw new RedisInfraError('WRONG_TYPE', 'other');
      }
    }
    const options = { controllers: [Checked], rateLimit: { policies: [login] } };

    test('responds to a refusal of check() like the guard', async () => {
      const { ask, statuses } = await serve(options);
      expect(await statuses(2, '/checked')).toEqual([200, 200]);
      const answer = await ask('/checked');
      expect(answer.status).toBe(429);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(list(answer, 'RateLimit')).toMatchObject([['login', { r: 0 }]]);
      expect(await problemOf(answer)).toMatchObject({ type: QUOTA_EXCEEDED, 'violated-policies': ['login'] });
    });

    test('replaces the content type of the handler by that of a problem', async () => {
      const { ask, statuses } = await serve(options);
      expect(await statuses(2, '/checked')).toEqual([200, 200]);
      const answer = await ask('/checked/csv');
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    });

    test('responds with 503 to LIMITER_UNAVAILABLE', async () => {
      const { ask } = await serve(options);
      const answer = await ask('/checked/closed');
      expect([answer.status, (await problemOf(answer)).status]).toEqual([503, 503]);
    });

    test('leaves other errors to their own filters', async () => {
      const { ask } = await serve(options);
      const answer = await ask('/checked/other');
      expect([answer.status, await answer.json()]).toEqual([418, { others: 'WRONG_TYPE' }]);
    });
  });
}
