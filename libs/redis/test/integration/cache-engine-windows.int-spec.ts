import { AsyncLocalStorage } from 'node:async_hooks';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { CacheService, type EntryOptions } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

let server: RedisServer;
let cache: CacheService;

beforeEach(async () => {
  server = await started.server();
  cache = new CacheService(started.adapter(server.url, LONG_DEADLINE), { jitter: 0, earlyRefresh: false });
  await cache.connect();
});

async function becomesStale(key: string): Promise<void> {
  await eventually(async () => (await cache.get(key)) === undefined, 10_000);
}

const failing = (): never => {
  throw new Error('the source is down');
};

describe("a value with ttl: '2s' and staleIfError", () => {
  const OPTIONS: EntryOptions = { ttl: '2s', staleIfError: '10s' };

  test('is stored for the sum, returned while loads fail, and replaced by the next load that succeeds', async () => {
    expect(await cache.getOrSet('k', () => 'first', OPTIONS)).toBe('first');
    const lifeMs = Number(await server.command('PTTL', 'cache:k'));
    expect([lifeMs > 2000, lifeMs <= 12_000]).toEqual([true, true]);
    expect(await cache.getOrSet('k', failing, OPTIONS)).toBe('first');
    expect(cache.stats().loads).toBe(1);
    await becomesStale('k');
    expect(await cache.getOrSet('k', failing, OPTIONS)).toBe('first');
    const hanging = (): Promise<string> => new Promise(() => {});
    expect(await cache.getOrSet('k', hanging, { ...OPTIONS, loadTimeout: '50ms' })).toBe('first');
    expect(cache.stats()).toMatchObject({ loads: 3, loadErrors: 2, stale: 2 });
    expect(await cache.getOrSet('k', () => 'second', OPTIONS)).toBe('second');
    expect(await cache.get('k')).toBe('second');
  });

  test('is not returned for a failed load after delete, flush and the invalidation of its tag', async () => {
    const options: EntryOptions = { ...OPTIONS, ttl: '20ms', tags: ['tag'] };
    for (const end of [() => cache.delete('k'), () => cache.flush(), () => cache.invalidateTags('tag')]) {
      await cache.getOrSet('k', () => 'old', options);
      await becomesStale('k');
      expect(await cache.getOrSet('k', failing, options)).toBe('old');
      await end();
      await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('the source is down');
    }
  });
});

describe('a loader that never settles', () => {
  test('rejects all its callers with LOAD_TIMEOUT, aborts its signal and frees the key', async () => {
    let signal: AbortSignal | undefined;
    const hanging = (context: { signal: AbortSignal }): Promise<string> => {
      signal = context.signal;
      return new Promise(() => {});
    };
    const calls = Array.from({ length: 10 }, () => codeOf(cache.getOrSet('k', hanging, { loadTimeout: '100ms' })));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['LOAD_TIMEOUT']));
    expect(signal?.aborted).toBe(true);
    expect(await server.command('KEYS', '~l:*')).toEqual([]);
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(cache.stats()).toMatchObject({ loads: 2, loadErrors: 1 });
  });
});

describe('a refresh in the background', () => {
  test('runs outside the async context of the request that caused it, which has ended', async () => {
    const request = new AsyncLocalStorage<{ id: number }>();
    const options: EntryOptions = { ttl: '20ms', staleWhileRevalidate: '1m' };
    const contexts: unknown[] = [];
    const refreshed = deferred<void>();
    const isResponded = deferred<void>();
    const loader = async (): Promise<string> => {
      contexts.push(request.getStore());
      if (contexts.length > 1) {
        await isResponded.promise;
        contexts.push(request.getStore());
        refreshed.give();
      }
      return `value ${contexts.length}`;
    };
    expect(await request.run({ id: 1 }, () => cache.getOrSet('k', loader, options))).toBe('value 1');
    await becomesStale('k');
    expect(await request.run({ id: 2 }, () => cache.getOrSet('k', loader, options))).toBe('value 1');
    isResponded.give();
    await refreshed.promise;
    expect(contexts).toEqual([{ id: 1 }, undefined, undefined]);
    await eventually(async () => (await cache.getOrSet('k', loader, options)) !== 'value 1');
  });
});
