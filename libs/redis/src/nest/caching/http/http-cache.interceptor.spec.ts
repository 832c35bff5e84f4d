import { Controller, Get, Logger, Param, Res, UseInterceptors, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CacheService } from '../../../service/cache/cache.service.js';
import { RedisModule } from '../../redis.module.js';
import type { MethodLoad } from '../methods/method-cache.js';
import { HttpCache } from './http-cache.decorator.js';
import { HttpCacheInterceptor } from './http-cache.interceptor.js';
import type { StoredResponse } from './stored-response.js';

type Loader = (load: MethodLoad) => Promise<unknown>;

interface Reply {
  status(code: number): Reply;
  send(body: unknown): Reply;
}

let runs = 0;
let apps: INestApplication[] = [];

@UseInterceptors(HttpCacheInterceptor)
@HttpCache({ ttl: '1m', loadTimeout: '2s', jitter: 0, tags: ['cities', 'city:{id}'] })
@Controller('cities')
class Cities {
  @Get(':id')
  one(@Param('id') id: string): object {
    return { id, run: ++runs };
  }

  @Get(':id/adjusted')
  adjusted(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply): object {
    reply.status(202);
    return { id, run: ++runs };
  }

  @Get(':id/sent')
  sent(@Res({ passthrough: true }) reply: Reply): void {
    reply.send('sent');
  }

  @Get(':id/of')
  @HttpCache({ tags: (context) => [context.getHandler().name] })
  own(): object {
    return { run: ++runs };
  }
}

type GetOrSet = (key: string, loader: Loader, options: object) => Promise<unknown>;

/** A cache whose `getOrSet` the test implements. Without `known` it has only the public methods. */
async function start(getOrSet: GetOrSet, known?: { readonly state: string; readonly ageMs: number }): Promise<string> {
  const getOrSetResult = async (...call: Parameters<GetOrSet>): Promise<object> => ({
    value: await getOrSet(...call),
    ...known,
  });
  const results = known === undefined ? {} : { getOrSetResult };
  const cache = { getOrSet, ...results, get: async () => undefined, namespace: () => cache };
  const builder = Test.createTestingModule({
    imports: [RedisModule.forRoot({ connection: 'memory://' })],
    controllers: [Cities],
  });
  const module = await builder.overrideProvider(CacheService).useValue(cache).compile();
  const app = module.createNestApplication();
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

function storedResponse(values: Partial<StoredResponse> = {}): StoredResponse {
  const body = { id: 'bern', run: 0 };
  return { status: 200, headers: {}, body, tag: '"stored"', loadedMs: Date.now(), ...values };
}

beforeEach(() => {
  runs = 0;
});
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
  vi.restoreAllMocks();
});

describe('the HTTP cache', () => {
  test('passes options and the tags of the request to the cache', async () => {
    const options: object[] = [];
    const url = await start((_key, loader, given) => {
      options.push(given);
      return loader({ skip() {} });
    });
    await fetch(`${url}/cities/bern`);
    await fetch(`${url}/cities/bern/of`);
    const entry = { ttl: '1m', loadTimeout: '2s', jitter: 0 };
    expect(options).toEqual([
      { ...entry, tags: ['cities', 'city:bern'] },
      { ...entry, tags: ['own'] },
    ]);
  });

  test('builds a readable key without the values of undeclared parameters', async () => {
    const keys: string[] = [];
    const url = await start((key, loader) => {
      keys.push(key);
      return loader({ skip() {} });
    });
    await fetch(`${url}/cities/bern?secret=1`);
    expect(keys).toEqual(['GET /cities/:id ("params":("id":"bern"))']);
  });

  test.each([
    ['STALE', 'stale', 3_000],
    ['HIT', 'fresh', 90_000],
  ] as const)(
    'marks a response as %s if the cache reports it as %s, however old it is',
    async (header, state, ageMs) => {
      const url = await start(async () => storedResponse(), { state, ageMs });
      const { headers } = await fetch(`${url}/cities/bern`);
      expect([headers.get('x-cache'), headers.get('age')]).toEqual([header, String(ageMs / 1000)]);
    },
  );

  test('has an age of zero when the clock of the process that stored it is ahead', async () => {
    const url = await start(async () => storedResponse({ loadedMs: Date.now() + 90_000 }));
    const { headers } = await fetch(`${url}/cities/bern`);
    expect([headers.get('x-cache'), headers.get('age')]).toEqual(['HIT', '0']);
  });

  test('stores the status of the handler, not that of a stale response that was sent before', async () => {
    let refresh: Promise<unknown> | undefined;
    const url = await start(async (_key, loader) => {
      refresh = new Promise((resolve) => setImmediate(resolve)).then(() => loader({ skip() {} }));
      return storedResponse();
    });
    const response = await fetch(`${url}/cities/bern`, { headers: { 'if-none-match': '"stored"' } });
    expect(response.status).toBe(304);
    expect(await refresh).toMatchObject({ status: 200, headers: {}, body: { id: 'bern', run: 1 } });
  });

  test('does not store a refreshed response whose handler sets its status or headers', async () => {
    const skip = vi.fn();
    let refresh: Promise<unknown> | undefined;
    const url = await start(async (_key, loader) => {
      refresh = new Promise((resolve) => setImmediate(resolve)).then(() => loader({ skip }));
      return storedResponse();
    });
    await fetch(`${url}/cities/bern/adjusted`);
    await refresh?.catch(() => {});
    expect(skip).toHaveBeenCalledOnce();
  });

  test('does not store a response that the handler has sent in spite of passthrough', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const skip = vi.fn();
    const url = await start((_key, loader) => loader({ skip }));
    const response = await fetch(`${url}/cities/bern/sent`);
    expect([await response.text(), response.headers.get('x-cache')]).toEqual(['sent', null]);
    expect(skip).toHaveBeenCalledOnce();
  });
});
