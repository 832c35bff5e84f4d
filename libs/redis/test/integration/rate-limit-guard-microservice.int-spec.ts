import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Controller, Inject, UseFilters, UseGuards } from '@nestjs/common';
import { ClientProxyFactory, MessagePattern, Transport, type ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  RateLimit,
  RateLimiter,
  RateLimitExceptionFilter,
  RateLimitGuard,
  RateLimitKey,
  SkipRateLimit,
} from '../../src/index.js';
import { login, QUOTA_EXCEEDED } from '../support/http-guard/reading.js';
import { appsPerTest } from '../support/rate-limited-app.js';

@UseGuards(RateLimitGuard)
@Controller()
class Sums {
  constructor(@Inject(RateLimiter) private readonly limiter: RateLimiter) {}

  @UseGuards(RateLimitGuard)
  @RateLimit({ limit: 2, window: '1h' })
  @MessagePattern({ v: 1, cmd: 'sum' })
  sum(): number {
    return 3;
  }

  @RateLimit('login')
  @RateLimitKey((context) => context.switchToRpc().getData<{ who?: string }>().who)
  @MessagePattern('keyed')
  keyed(): number {
    return 4;
  }

  @UseFilters(RateLimitExceptionFilter)
  @MessagePattern('checked')
  async checked(): Promise<number> {
    return (await this.limiter.check('login', 'me')).remaining;
  }
}

/** Returns a free port: Nest does not expose the port of a microservice that listens on port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('RateLimitGuard in a microservice', () => {
  const start = appsPerTest();
  const clients: ClientProxy[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  async function serve(): Promise<(pattern: unknown, data?: object) => Promise<unknown>> {
    const options = { host: '127.0.0.1', port: await freePort() };
    const { app } = await start({
      platform: 'express',
      rateLimit: { policies: [login] },
      controllers: [Sums],
      prepare: (hybrid) => void hybrid.connectMicroservice({ transport: Transport.TCP, options }),
    });
    await app.startAllMicroservices();
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    clients.push(client);
    return (pattern, data = {}) => firstValueFrom(client.send(pattern, data));
  }

  test('counts each message once by the client address, and refuses with the problem', async () => {
    const send = await serve();
    const pattern = { cmd: 'sum', v: 1 };
    expect([await send(pattern), await send(pattern)]).toEqual([3, 3]);
    await expect(send(pattern)).rejects.toMatchObject({
      type: QUOTA_EXCEEDED,
      status: 429,
      'violated-policies': ['rpc {cmd:sum v:1}'],
      'retry-after': expect.any(Number),
    });
  });

  test('counts by a subject from the message', async () => {
    const send = await serve();
    expect([await send('keyed', { who: 'ann' }), await send('keyed', { who: 'ann' })]).toEqual([4, 4]);
    await expect(send('keyed', { who: 'ann' })).rejects.toMatchObject({ 'violated-policies': ['login'] });
    expect(await send('keyed', { who: 'bob' })).toBe(4);
  });

  test('fails the start with the name of the handler for a mistake in a decorator', async () => {
    @UseGuards(RateLimitGuard)
    @Controller()
    class Wrong {
      @SkipRateLimit('typo')
      @MessagePattern('wrong')
      wrong(): void {}
    }
    await expect(start({ platform: 'express', controllers: [Wrong] })).rejects.toThrow(
      /no policy is named 'typo'.*\(Wrong\.wrong\)/,
    );
  });

  test('with the filter responds to a refusal of check() like the guard', async () => {
    const send = await serve();
    expect([await send('checked'), await send('checked')]).toEqual([1, 0]);
    await expect(send('checked')).rejects.toMatchObject({ status: 429, 'violated-policies': ['login'] });
  });
});
