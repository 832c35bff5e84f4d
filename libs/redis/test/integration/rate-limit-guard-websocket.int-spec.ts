import { once } from 'node:events';
import { Inject, UseFilters, UseGuards } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RateLimit, RateLimiter, RateLimitExceptionFilter, RateLimitGuard } from '../../src/index.js';
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

  @RateLimit({ name: 'work', limit: 1, window: '1m', algorithm: 'concurrency' })
  @SubscribeMessage('work')
  work(): object {
    return { event: 'worked', data: {} };
  }
}

describe('RateLimitGuard over WebSockets', () => {
  const start = appsPerTest();
  const sockets: WebSocket[] = [];

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
    vi.restoreAllMocks();
  });

  async function serve(): Promise<(event: string) => Promise<Message>> {
    const { url } = await start({
      platform: 'express',
      rateLimit: { policies: [login] },
      providers: [Gateway],
      prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
    const socket = new WebSocket(url.replace('http', 'ws'));
    sockets.push(socket);
    await once(socket, 'open');
    return async (event) => {
      const answer = once(socket, 'message');
      socket.send(JSON.stringify({ event, data: {} }));
      return JSON.parse(String((await answer)[0])) as Message;
    };
  }

  test('counts messages by the address, each once, and refuses with the problem', async () => {
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

  test('with the filter tells what check() refuses as the guard does', async () => {
    const send = await serve();
    expect((await send('checked')).event).toBe('checked');
    expect(await send('checked')).toMatchObject({ event: 'exception', data: { 'violated-policies': ['login'] } });
  });

  test('has no end that a concurrency policy could wait for, and says so', async () => {
    const { Logger } = await import('@nestjs/common');
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const send = await serve();
    expect(await send('work')).toMatchObject({ event: 'exception', data: { message: 'Internal server error' } });
    expect(String(error.mock.calls[0]?.[0])).toContain('call limiter.acquire() in the handler');
  });
});
