import { get as httpGet, type ClientRequest } from 'node:http';
import { connect, type Server } from 'node:net';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Logger,
  ParseIntPipe,
  Query,
  RequestTimeoutException,
  Sse,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { NEVER, Observable, catchError, finalize, throwError, timeout } from 'rxjs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimiter, RateLimitGuard } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { problemOf, servedPerTest } from '../support/http-guard/reading.js';
import type { RateLimitedApp } from '../support/rate-limited-app.js';

const LIMIT = 2;
const work = { name: 'work', limit: LIMIT, window: '1m', algorithm: 'concurrency' } as const;

/** Counts handlers: running now, the maximum that ran at the same time, begun, and cancelled. */
const handlers = { running: 0, max: 0, begun: 0, cancelled: 0 };
let waiting = deferred<string>();
let later = deferred<boolean>();

/** Runs until the test resolves `waiting`. */
async function run(): Promise<string> {
  handlers.begun++;
  handlers.running++;
  handlers.max = Math.max(handlers.max, handlers.running);
  try {
    return await waiting.promise;
  } finally {
    handlers.running--;
  }
}

@Injectable()
class SlowGuard implements CanActivate {
  canActivate(): Promise<boolean> {
    return later.promise;
  }
}

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): never {
    throw new ForbiddenException();
  }
}

@Injectable()
class RefusingPipe {
  transform(): never {
    throw new BadRequestException();
  }
}

@Injectable()
class TimeoutInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      timeout(30),
      catchError(() => throwError(() => new RequestTimeoutException())),
    );
  }
}

@UseGuards(RateLimitGuard)
@RateLimit(work)
@Controller('work')
class Work {
  @Get()
  get(): Promise<string> {
    return run();
  }

  @Get('free')
  free(): string {
    return 'free';
  }

  @UseInterceptors(TimeoutInterceptor)
  @Get('timeout')
  timeout(): Promise<string> {
    return run();
  }

  @UseGuards(SlowGuard)
  @Get('slow-guard')
  slowGuard(): Promise<string> {
    return run();
  }

  @UseGuards(RefusingGuard)
  @Get('refused-by-guard')
  refusedByGuard(): string {
    return '';
  }

  @Get('refused-by-pipe')
  refusedByPipe(@Query('n', RefusingPipe, ParseIntPipe) n: number): number {
    return n;
  }

  @Get('observable')
  observable(): Observable<string> {
    handlers.begun++;
    return NEVER.pipe(finalize(() => handlers.cancelled++));
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    handlers.begun++;
    return new Observable<MessageEvent>((subscriber) => subscriber.next({ data: 'first' })).pipe(
      finalize(() => handlers.cancelled++),
    );
  }

  @Sse('silent-events')
  silentEvents(): Observable<MessageEvent> {
    handlers.begun++;
    return NEVER.pipe(finalize(() => handlers.cancelled++));
  }
}

describe.each(['express', 'fastify'] as const)('the permit of a concurrency policy on %s', (platform) => {
  const serve = servedPerTest({ platform, redis: () => ({ connection: 'memory://' }) });

  beforeEach(() => {
    Object.assign(handlers, { running: 0, max: 0, begun: 0, cancelled: 0 });
    waiting = deferred<string>();
    later = deferred<boolean>();
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  });

  /** Begins a request, and closes its connection. */
  async function abandon(url: string, until: () => boolean = () => true): Promise<void> {
    const request: ClientRequest = httpGet(url, { agent: false });
    const closed = new Promise((resolve) => request.once('close', resolve));
    let hasAnswer = false;
    request.on('error', () => {}).once('response', () => (hasAnswer = true));
    await eventually(() => until() || hasAnswer);
    await delay(10);
    request.destroy();
    await closed;
  }

  const connectionsOf = (server: Server): Promise<number> => promisify(server.getConnections.bind(server))();

  async function permitsInUse({ app }: RateLimitedApp): Promise<number> {
    const { remaining } = await app.get(RateLimiter).peek(work, 'ip:127.0.0.1');
    return LIMIT - remaining;
  }

  const isFree = (served: RateLimitedApp): Promise<void> => eventually(async () => (await permitsInUse(served)) === 0);

  test('is held while the handler runs, even if its clients disconnect', async () => {
    const served = await serve({ controllers: [Work] });
    for (let i = 0; i < 12; i++) {
      const begun = handlers.begun;
      await abandon(`${served.url}/work`, () => handlers.begun > begun || i >= LIMIT);
    }
    expect(handlers).toMatchObject({ begun: LIMIT, max: LIMIT });
    expect((await served.ask('/work/free')).status).toBe(429);
    waiting.give('done');
    await isFree(served);
    expect((await served.ask('/work/free')).status).toBe(200);
  });

  test('is held while the handler runs after an interceptor has responded instead', async () => {
    const served = await serve({ controllers: [Work] });
    expect(await served.statuses(LIMIT, '/work/timeout')).toEqual([408, 408]);
    expect(handlers.running).toBe(LIMIT);
    expect(await served.statuses(1, '/work/free')).toEqual([429]);
    waiting.give('too late');
    await isFree(served);
  });

  test('is released when a later guard or a pipe refuses', async () => {
    const served = await serve({ controllers: [Work] });
    for (const [path, status] of [
      ['/work/refused-by-guard', 403],
      ['/work/refused-by-pipe?n=1', 400],
    ] as const)
      for (let i = 0; i <= LIMIT; i++) await eventually(async () => (await served.ask(path)).status === status);
    await isFree(served);
  });

  test('is acquired again for a handler that begins after its client disconnected', async () => {
    const served = await serve({ controllers: [Work] });
    const acquire = vi.spyOn(served.app.get(RateLimiter), 'acquire');
    for (let i = 1; i <= 2 * LIMIT; i++) {
      await abandon(`${served.url}/work/slow-guard`, () => acquire.mock.calls.length >= i);
      await isFree(served);
    }
    later.give(true);
    await eventually(() => handlers.begun === LIMIT);
    await eventually(() => acquire.mock.calls.length === 4 * LIMIT);
    expect(await permitsInUse(served)).toBe(LIMIT);
    waiting.give('done');
    await isFree(served);
    expect(handlers).toMatchObject({ begun: LIMIT, max: LIMIT });
  });

  test('is released, and the observable of the handler unsubscribed, when the client of an event stream disconnects', async () => {
    const served = await serve({ controllers: [Work] });
    for (const [at, path] of ['/work/events', '/work/silent-events'].entries()) {
      await abandon(served.url + path, () => handlers.begun > at);
      await eventually(() => handlers.cancelled > at);
      await isFree(served);
    }
  });

  test('is released when the client of a handler that returns an observable disconnects', async () => {
    const served = await serve({ controllers: [Work] });
    await abandon(`${served.url}/work/observable`, () => handlers.begun === 1);
    await eventually(() => handlers.cancelled === 1);
    await isFree(served);
  });

  test('is held for a policy in rateLimit.default', async () => {
    @Controller('plain')
    class Plain {
      @Get()
      get(): Promise<string> {
        return run();
      }
    }
    const served = await serve({
      controllers: [Plain],
      providers: [{ provide: APP_GUARD, useClass: RateLimitGuard }],
      rateLimit: { policies: [work], default: ['work'] },
    });
    for (let i = 0; i < 6; i++) {
      const begun = handlers.begun;
      await abandon(`${served.url}/plain`, () => handlers.begun > begun || i >= LIMIT);
    }
    expect(handlers.begun).toBe(LIMIT);
    expect((await problemOf(await served.ask('/plain')))['violated-policies']).toEqual(['work']);
    waiting.give('done');
    await isFree(served);
  });

  test('is released after pipelined requests lose their connection', async () => {
    const served = await serve({ controllers: [Work] });
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    const ask = 'GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n';
    socket.write(ask + ask);
    await eventually(() => handlers.running === LIMIT);
    socket.destroy();
    const server = served.app.getHttpServer() as Server;
    await eventually(async () => (await connectionsOf(server)) === 0);
    expect(await permitsInUse(served)).toBe(LIMIT);
    waiting.give('done');
    await isFree(served);
  });
});
