import { Controller, Get, Logger, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimitCost, RateLimiter, RateLimitGuard, RateLimitKey } from '../../../src/index.js';
import { header, list, login, problemOf, servedPerTest, type Setting } from './reading.js';
import type { RateLimitedApp } from '../rate-limited-app.js';

/** The subject of a request, its cost and its limit. */
export function subjectsSuite(setting: Setting): void {
  const serve = servedPerTest(setting);

  describe('the subject', () => {
    @UseGuards(RateLimitGuard)
    @RateLimit('login')
    @Controller()
    class Plain {
      @Get()
      get(): string {
        return '';
      }
      @RateLimitKey(header('x-tenant'))
      @Get('tenant')
      tenant(): string {
        return '';
      }
    }
    const rateLimit = { policies: [login] };

    test('is the client address behind a trusted proxy, otherwise the address of the peer', async () => {
      const from = (address: string): RequestInit => ({ headers: { 'x-forwarded-for': address } });
      const behind = await serve({ controllers: [Plain], rateLimit, trustProxy: true });
      expect(await behind.statuses(2, '/', from('9.9.9.9'))).toEqual([200, 200]);
      expect(await behind.statuses(1, '/', from('::ffff:9.9.9.9'))).toEqual([429]);
      expect(await behind.statuses(1, '/', from('9.9.9.8'))).toEqual([200]);
      expect(await behind.statuses(2, '/', from('2001:db8::1'))).toEqual([200, 200]);
      expect(await behind.statuses(1, '/', from('2001:db8::ffff:1'))).toEqual([429]);
      expect(await behind.statuses(1, '/', from('2001:db8:0:1::1'))).toEqual([200]);
      const direct = await serve({ controllers: [Plain], rateLimit });
      expect([
        ...(await direct.statuses(2, '/', from('1.1.1.1'))),
        ...(await direct.statuses(1, '/', from('2.2.2.2'))),
      ]).toEqual([200, 200, 429]);
    });

    test('is the digest of an API key with key api-key', async () => {
      const { app, statuses } = await serve({ controllers: [Plain], rateLimit: { ...rateLimit, key: 'api-key' } });
      const consume = vi.spyOn(app.get(RateLimiter), 'consume');
      const own = { headers: { 'x-api-key': 'secret' } };
      expect(await statuses(3, '/', own)).toEqual([200, 200, 429]);
      expect(await statuses(1, '/', { headers: { authorization: 'Bearer secret' } })).toEqual([429]);
      expect(await statuses(1, '/', { headers: { 'x-api-key': 'other' } })).toEqual([200]);
      expect(JSON.stringify(consume.mock.calls)).not.toContain('secret');
    });

    test('is the user that an earlier guard has set with key user', async () => {
      class SignIn implements CanActivate {
        canActivate(context: ExecutionContext): boolean {
          const request = context.switchToHttp().getRequest<{ user?: object; headers: Record<string, string> }>();
          request.user = { sub: request.headers['x-user'] };
          return true;
        }
      }
      const prepare = (app: RateLimitedApp['app']): unknown => app.useGlobalGuards(new SignIn());
      const { statuses } = await serve({ controllers: [Plain], rateLimit: { ...rateLimit, key: 'user' }, prepare });
      expect(await statuses(3, '/', { headers: { 'x-user': 'ann' } })).toEqual([200, 200, 429]);
      expect(await statuses(1, '/', { headers: { 'x-user': 'bob' } })).toEqual([200]);
    });

    test('is the result of the key function of the handler or of the module', async () => {
      const { statuses } = await serve({
        controllers: [Plain],
        rateLimit: { ...rateLimit, key: async () => 'all of us' },
      });
      expect(await statuses(3, '/')).toEqual([200, 200, 429]);
      expect(await statuses(3, '/tenant', { headers: { 'x-tenant': 'a' } })).toEqual([200, 200, 429]);
      expect(await statuses(1, '/tenant', { headers: { 'x-tenant': 'b' } })).toEqual([200]);
    });

    test('that is missing fails the request with 500, logs the remedy and counts no request', async () => {
      const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
      const { app, statuses } = await serve({ controllers: [Plain], rateLimit: { ...rateLimit, key: 'user' } });
      const consume = vi.spyOn(app.get(RateLimiter), 'consume');
      expect(await statuses(3, '/')).toEqual([500, 500, 500]);
      expect(await statuses(3, '/tenant')).toEqual([500, 500, 500]);
      expect(consume).not.toHaveBeenCalled();
      const logged = error.mock.calls.map(([message]) => String(message)).join('\n');
      expect(logged).toContain('rateLimit.key: the request has no user.id and no user.sub');
      expect(logged).toContain('RateLimitKey: returned undefined');
    });
  });

  describe('the cost or the limit of a request', () => {
    @UseGuards(RateLimitGuard)
    @RateLimit({ name: 'cost', limit: 10, window: '1h' })
    @Controller('cost')
    class Costs {
      @RateLimitCost(4)
      @Get('four')
      four(): string {
        return '';
      }
      @RateLimitCost((context) => Number(header('x-cost')(context)))
      @Get('dynamic')
      dynamic(): string {
        return '';
      }
      @RateLimit({
        name: 'plan',
        window: '1h',
        limit: async (context) => (header('x-plan')(context) === 'gold' ? 5 : 1),
      })
      @RateLimitKey(header('x-plan'))
      @Get('plan')
      plan(): string {
        return '';
      }
    }

    test('may be a number or a function of the request', async () => {
      const { ask, statuses } = await serve({ controllers: [Costs] });
      expect(list(await ask('/cost/four'), 'RateLimit')).toMatchObject([['cost', { r: 6 }]]);
      const cost = (text: string): RequestInit => ({ headers: { 'x-cost': text } });
      expect(list(await ask('/cost/dynamic', cost('5')), 'RateLimit')).toMatchObject([['cost', { r: 1 }]]);
      expect(await statuses(1, '/cost/dynamic', cost('2'))).toEqual([429]);
      expect(await statuses(2, '/cost/dynamic', cost('0'))).toEqual([200, 200]);
      expect(await statuses(1, '/cost/dynamic', cost('1'))).toEqual([200]);
    });

    test('leaves out Retry-After when the cost exceeds the policy', async () => {
      const { ask } = await serve({ controllers: [Costs] });
      const never = await ask('/cost/dynamic', { headers: { 'x-cost': '11' } });
      expect([never.status, never.headers.has('retry-after')]).toEqual([429, false]);
      expect(await problemOf(never)).not.toHaveProperty('retry-after');
    });

    test('responds with 500 when the cost is not a whole number from 0', async () => {
      vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
      const { statuses } = await serve({ controllers: [Costs] });
      expect(await statuses(1, '/cost/dynamic', { headers: { 'x-cost': '-1' } })).toEqual([500]);
      expect(await statuses(1, '/cost/dynamic')).toEqual([500]);
    });

    test('may depend on the plan of a customer', async () => {
      const { ask, statuses } = await serve({ controllers: [Costs] });
      expect(await statuses(6, '/cost/plan', { headers: { 'x-plan': 'gold' } })).toEqual([
        200, 200, 200, 200, 200, 429,
      ]);
      expect(await statuses(2, '/cost/plan', { headers: { 'x-plan': 'free' } })).toEqual([200, 429]);
      const policy = list(await ask('/cost/plan', { headers: { 'x-plan': 'gold' } }), 'RateLimit-Policy');
      expect(policy).toEqual([['plan', { q: 5, w: 3600 }]]);
    });
  });
}
