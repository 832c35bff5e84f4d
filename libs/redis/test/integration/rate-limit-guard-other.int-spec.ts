import { Injectable, UseGuards } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimiter, RateLimitGuard, RateLimitKey, type RateLimitOptions } from '../../src/index.js';
import { login } from '../support/http-guard/reading.js';
import { appsPerTest } from '../support/rate-limited-app.js';

interface Message {
  readonly tenant?: string;
  readonly ip?: string;
}

@Injectable()
@UseGuards(RateLimitGuard)
@RateLimit('login')
class Consumer {
  plain(): string {
    return 'plain';
  }

  @RateLimitKey((context) => context.getArgByIndex<Message>(0).tenant)
  keyed(): string {
    return 'keyed';
  }

  @RateLimit({ limit: 1, window: '1h' })
  @RateLimitKey(() => 'all')
  unnamed(): string {
    return 'unnamed';
  }
}

/** Creates handlers like packages for RabbitMQ and others: with their own kind or none, and with the message as the argument. */
describe.each(['rmq', undefined])('RateLimitGuard in a context of the kind %s of another package', (kind) => {
  const start = appsPerTest();

  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function serve(options: RateLimitOptions = {}): Promise<{
    readonly send: (method: keyof Consumer, ...message: readonly unknown[]) => Promise<unknown>;
    readonly subjects: () => unknown[];
  }> {
    const { app } = await start({
      platform: 'express',
      providers: [Consumer],
      rateLimit: { policies: [login], ...options },
    });
    const consumer = app.get(Consumer);
    const creator = app.get(ExternalContextCreator);
    const consume = vi.spyOn(app.get(RateLimiter), 'consume');
    const enhancers = { guards: true, interceptors: true, filters: false };
    return {
      send: (method, ...message) =>
        creator.create(
          consumer,
          consumer[method],
          method,
          undefined,
          undefined,
          undefined,
          undefined,
          enhancers,
          kind,
        )(...message) as Promise<unknown>,
      subjects: () => consume.mock.calls.map(([, subject]) => subject),
    };
  }

  const FORGED = {
    ip: '6.6.6.6',
    user: { id: 7 },
    headers: { 'x-api-key': 'a key' },
    handshake: { address: '6.6.6.6' },
    socket: { remoteAddress: '6.6.6.6' },
  };

  test.each(['ip', 'user', 'api-key', () => 'all'] as const)(
    'with key %s reads no subject from the message, and the error requires @RateLimitKey',
    async (key) => {
      const { send, subjects } = await serve({ key });
      for (const message of [[FORGED], [FORGED, { properties: {} }], ['text'], []])
        await expect(send('plain', ...message)).rejects.toMatchObject({
          code: 'OPTION_INVALID',
          message: expect.stringMatching(/^RateLimitKey: is required.*\(Consumer\.plain\)$/),
        });
      expect(subjects()).toEqual([]);
    },
  );

  test('counts by @RateLimitKey, and refuses with the error of the limiter', async () => {
    const { send, subjects } = await serve();
    const message = { ...FORGED, tenant: 'ann' };
    for (let i = 0; i < login.limit; i++) expect(await send('keyed', message, { properties: {} })).toBe('keyed');
    await expect(send('keyed', message, { properties: {} })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await send('keyed', { tenant: 'bob' })).toBe('keyed');
    expect(new Set(subjects())).toEqual(new Set(['ann', 'bob']));
    await expect(send('keyed', 'text')).rejects.toThrow('RateLimitKey: returned undefined');
  });

  test('rejects a policy without a name', async () => {
    const { send } = await serve();
    await expect(send('unnamed', {})).rejects.toThrow(
      /RateLimit\.name: is required: this handler has no route.*\(Consumer\.unnamed\)/,
    );
  });
});
