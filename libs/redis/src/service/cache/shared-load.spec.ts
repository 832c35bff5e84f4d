import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CallOptions } from '../../domain/cache-store.js';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { CacheService } from './cache.service.js';

/** A store whose calls under limits of their own all end by their deadline. */
class ImpatientStore extends MemoryAdapter {
  with(_call: CallOptions): MemoryAdapter {
    const late = (): Promise<never> => Promise.reject(new RedisInfraError('DEADLINE_EXCEEDED', 'late'));
    return Object.assign(new MemoryAdapter(), { can: { entries: { read: late, acquire: late, publish: late } } });
  }
}

describe('a load that several callers share', () => {
  test('is stored if the signal of the caller that started it is aborted; only that caller rejects', async () => {
    const cache = new CacheService(new RedisAdapter('memory://'));
    const controller = new AbortController();
    const value = deferred<string>();
    const loader = vi.fn(() => value.promise);
    const first = cache.with({ signal: controller.signal }).getOrSet('k', loader);
    await vi.waitFor(() => expect(loader).toHaveBeenCalled());
    const second = cache.getOrSet('k', loader);
    const reason = new Error('the client hung up');
    controller.abort(reason);
    await expect(first).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: reason });
    value.give('loaded');
    expect(await second).toBe('loaded');
    expect(await cache.get('k')).toBe('loaded');
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ skippedWrites: 0, errors: {} });
  });

  test('rejects only the caller that joined it with an aborted signal', async () => {
    const cache = new CacheService(new RedisAdapter('memory://'));
    const value = deferred<string>();
    const first = cache.getOrSet('k', () => value.promise);
    await vi.waitFor(() => expect(cache.stats().loads).toBe(1));
    const gone = cache.with({ signal: AbortSignal.abort() }).getOrSet('k', () => 'not called');
    await expect(gone).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    value.give('loaded');
    expect(await first).toBe('loaded');
  });

  test('continues after every caller has left, is stored, and causes no unhandled rejection', async () => {
    const cache = new CacheService(new RedisAdapter('memory://'));
    const controller = new AbortController();
    const [value, failing] = [deferred<string>(), deferred<string>()];
    const limited = cache.with({ signal: controller.signal });
    const left = [limited.getOrSet('k', () => value.promise), limited.getOrSet('bad', () => failing.promise)];
    await vi.waitFor(() => expect(cache.stats().loads).toBe(2));
    controller.abort();
    for (const call of left) await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    value.give('loaded');
    failing.fail(new Error('the database is down'));
    await vi.waitFor(async () => expect(await cache.get('k')).toBe('loaded'));
  });

  test('is stored within the deadline of the store, not of the caller that started it', async () => {
    const cache = new CacheService(new ImpatientStore());
    expect(await cache.with({ deadline: '1ms' }).getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(await cache.get('k')).toBe('loaded');
    expect(cache.stats().skippedWrites).toBe(0);
  });

  test('is encoded with the codec of its namespace, also with limits', async () => {
    const cache = new CacheService(new RedisAdapter('memory://'));
    const codec = { encryption: { keys: [{ id: 'a', secret: 'the secret that is used from now on' }] } };
    const sealed = cache.namespace('sealed', { codec });
    await sealed.with({ signal: new AbortController().signal }).getOrSet('k', () => 'loaded');
    expect(await sealed.get('k')).toBe('loaded');
    expect((await sealed.inspect('k')).codec).toContain('sealed');
  });
});

describe('a loader that throws synchronously', () => {
  const unhandled = vi.fn();
  afterEach(() => void process.off('unhandledRejection', unhandled));

  test('and disconnects the cache rejects its callers and causes no unhandled rejection', async () => {
    process.on('unhandledRejection', unhandled);
    const cache = new CacheService(new MemoryAdapter());
    const call = cache.getOrSet('k', () => {
      void cache.disconnect();
      throw new TypeError('at once');
    });
    await expect(call).rejects.toThrow('at once');
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  });
});
