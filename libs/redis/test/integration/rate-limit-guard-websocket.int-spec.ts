import { once } from 'node:events';
import { Inject, UseFilters, UseGuards, type Type } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RateLimit, RateLimiter, RateLimitExceptionFilter, RateLimitGuard, SkipRateLimit } from '../../src/index.js';
import { login, QUOTA_EXCEEDED } from '../support/http-guard/reading.js';
import { appsPerTest } from '../support/rate-limited-app.js';

interface Message {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

@UseGuards(RateLimitGuard)
@WebSocketGateway()
class Gateway {
  constructor(@Inject(RateLimiter) private readonly limiter: RateLimiter) {}

  @UseGuards(RateLimitGuard)
  @RateLimit({ limit: 2, window: '1h' })
  @SubscribeMessage('search')
  search(): object {
    return { event: 'found', data: {} };
  }

  @RateLimit('login')
  @UseFilters(RateLimitExceptionFilter)
  @SubscribeMessage('checked')
  async checked(): Promise<object> {
    await this.limiter.check('login', 'me', { cost: 2 });
    return { event: 'checked', data: {} };
  }
}

@WebSocketGateway({ path: '/chat' })
class Chat {
  @UseGuards(RateLimitGuard)
  @RateLimit({ limit: 5, window: '1h' })
  @SubscribeMessage('search')
  search(): object {
    return { event: 'found', data: {} };
  }
}

describe('RateLimitGuard over WebSockets', () => {
  const start = appsPerTest();
  const sockets: WebSocket[] = [];

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
    vi.restoreAllMocks();
  });

  const startWith = (gateways: Type[]): ReturnType<typeof start> =>
    start({
      platform: 'express',
      rateLimit: { policies: [login] },
      providers: gateways,
      prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });

  async function serve(): Promise<(event: string) => Promise<Message>> {
    return connect((await startWith([Gateway])).url);
  }

  async function connect(url: string): Promise<(event: string) => Promise<Message>> {
    const socket = new WebSocket(url.replace('http', 'ws'));
    sockets.push(socket);
    await once(socket, 'open');
    return async (event) => {
      const answer = once(socket, 'message');
      socket.send(JSON.stringify({ event, data: {} }));
      return JSON.parse(String((await answer)[0])) as Message;
    };
  }

  test('counts each message once by the client address, and refuses with the problem', async () => {
    const send = await serve();
    expect([(await send('search')).event, (await send('search')).event]).toEqual(['found', 'found']);
    const refused = await send('search');
    expect(refused.event).toBe('exception');
    expect(refused.data).toMatchObject({
      type: QUOTA_EXCEEDED,
      status: 429,
      'violated-policies': ['ws search'],
      'retry-after': expect.any(Number),
    });
  });

  test('with the filter responds to a refusal of check() like the guard', async () => {
    const send = await serve();
    expect((await send('checked')).event).toBe('checked');
    expect(await send('checked')).toMatchObject({ event: 'exception', data: { 'violated-policies': ['login'] } });
  });

  test('counts a message of two gateways separately, each with its own limit', async () => {
    const { url } = await startWith([Gateway, Chat]);
    const [send, chat] = [await connect(url), await connect(`${url}/chat`)];
    expect([(await send('search')).event, (await send('search')).event]).toEqual(['found', 'found']);
    expect((await send('search')).event).toBe('exception');
    for (let i = 0; i < 5; i++) expect((await chat('search')).event).toBe('found');
    expect(await chat('search')).toMatchObject({ data: { 'violated-policies': ['ws /chat search'] } });
  });

  const MISTAKES: readonly (readonly [decorator: MethodDecorator, message: RegExp])[] = [
    [
      RateLimit({ name: 'work', limit: 1, window: '1m', algorithm: 'concurrency' }),
      /call limiter\.acquire\(\) in the handler \(Wrong\.wrong\)/,
    ],
    [SkipRateLimit('typo'), /no policy is named 'typo'.*\(Wrong\.wrong\)/],
  ];

  test.each(MISTAKES)(
    'fails the start with the name of the handler for a mistake in a decorator: %#',
    async (mistake, message) => {
      @UseGuards(RateLimitGuard)
      @WebSocketGateway()
      class Wrong {
        @mistake
        @SubscribeMessage('wrong')
        wrong(): void {}
      }
      await expect(startWith([Wrong])).rejects.toThrow(message);
    },
  );
});
