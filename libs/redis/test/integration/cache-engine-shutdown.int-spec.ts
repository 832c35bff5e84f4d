import { describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, codeOf, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections, unhandledRejectionsReported } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

describe('disconnect of a cache on a server', () => {
  test('leaves no rejection unhandled while a flush removes keys and no caller waits for it', async () => {
    const server = await started.server();
    const cache = new CacheService(started.adapter(server.url, LONG_DEADLINE));
    await cache.setMany(Array.from({ length: 5000 }, (_, i) => ({ key: `k${i}`, value: i })));
    await cache.flush({ wait: false });
    await cache.disconnect();
    expect(Number(await server.command('DBSIZE'))).toBeGreaterThan(0);
    await unhandledRejectionsReported();
  });

  test('resolves when no load and no refresh runs any more, and releases their leases', async () => {
    const server = await started.server();
    const cache = new CacheService(started.adapter(server.url, LONG_DEADLINE), {
      ttl: '100ms',
      staleWhileRevalidate: '1m',
      jitter: 0,
    });
    await cache.getOrSet('refreshed', () => 'old');
    let running = 0;
    const hanging = ({ signal }: { signal: AbortSignal }): Promise<string> => {
      running++;
      const { promise, fail } = deferred<string>();
      signal.addEventListener('abort', () => (running--, fail(new Error('aborted'))));
      return promise;
    };
    await eventually(async () => (await cache.get('refreshed')) === undefined);
    expect(await cache.getOrSet('refreshed', hanging)).toBe('old');
    const foreground = codeOf(cache.getOrSet('loaded', hanging));
    await eventually(() => running === 2);
    await cache.disconnect();
    expect(running).toBe(0);
    expect(await foreground).toBe('CLOSED');
    const leases = (await server.command('KEYS', '~l:*')) as string[];
    expect(leases).toEqual([]);
  });
});
