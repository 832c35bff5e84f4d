import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { codeOf } from '../../../test/support/started.js';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';

describe('two processes that miss the same key', () => {
  test('run one load, and all their callers get its value', async () => {
    const { time, caches } = virtualFleet();
    const value = deferred<string>();
    const loader = vi.fn(() => value.promise);
    const callers = caches.flatMap((cache) => Array.from({ length: 50 }, () => cache.getOrSet('k', loader)));
    await time.advance(100);
    value.give('loaded');
    await time.advance(1);
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['loaded']));
    expect(loader).toHaveBeenCalledTimes(1);
    expect(time.running).toBe(0);
  });

  test('load again after the first load fails or stores nothing', async () => {
    const { time, caches } = virtualFleet();
    const first = deferred<string>();
    const failing = caches[0].getOrSet('k', () => first.promise);
    await settled();
    const waiting = caches[1].getOrSet('k', (ctx) => (ctx.skip(), 'second'));
    await time.advance(10);
    first.fail(new Error('the database is unavailable'));
    await expect(failing).rejects.toThrow('the database is unavailable');
    await time.advance(1);
    expect(await waiting).toBe('second');
  });

  test('load again when the process of the first load has died and its lease has expired', async () => {
    const { time, caches } = virtualFleet();
    const dead = caches[0].getOrSet('k', () => new Promise(() => {}), { loadTimeout: '1h' });
    dead.catch(() => {});
    await settled();
    const renewals = vi.spyOn(caches[0].store.can?.entries ?? failed(), 'renew').mockReturnValue(new Promise(() => {}));
    const waiting = caches[1].getOrSet('k', () => 'second');
    await time.advance(4000);
    expect(renewals).toHaveBeenCalled();
    await time.advance(2000);
    expect(await waiting).toBe('second');
    await caches[0].disconnect();
  });

  test('a lease is renewed while its loader runs', async () => {
    const { time, caches } = virtualFleet();
    const value = deferred<string>();
    const loading = caches[0].getOrSet('k', () => value.promise);
    await settled();
    const second = vi.fn(async () => 'second');
    const waiting = caches[1].getOrSet('k', second);
    await time.advance(20_000);
    value.give('first');
    await time.advance(1);
    expect(await Promise.all([loading, waiting])).toEqual(['first', 'first']);
    expect(second).not.toHaveBeenCalled();
  });

  test('after lockTimeout the waiter loads by itself and stores nothing, or rejects with LOAD_TIMEOUT', async () => {
    const { time, caches } = virtualFleet();
    const value = deferred<string>();
    const loading = caches[0].getOrSet('k', () => value.promise);
    await settled();
    const impatient = caches[1].getOrSet('k', () => 'own', { lockTimeout: '1s' });
    const strict = caches[1].getOrSet('k', () => 'own', { lockTimeout: '1s', onLockTimeout: 'throw' });
    const rejected = codeOf(strict);
    await time.advance(1001);
    expect(await impatient).toBe('own');
    expect(await rejected).toBe('LOAD_TIMEOUT');
    expect(await caches[1].get('k')).toBeUndefined();
    value.give('first');
    expect(await loading).toBe('first');
    expect(await caches[1].get('k')).toBe('first');
  });

  test('after lockTimeout a waiter does not join a load of another waiter that began before its own call', async () => {
    const { time, caches } = virtualFleet();
    const held = deferred<string>();
    const loading = caches[0].getOrSet('k', () => held.promise);
    await settled();
    const outdated = deferred<string>();
    const options = { lockTimeout: '1s' } as const;
    const first = caches[1].getOrSet('k', () => outdated.promise, options);
    await time.advance(1001);
    // From here on a load returns another value.
    const second = caches[1].getOrSet('k', () => 'current', options);
    await time.advance(1001);
    expect(await second).toBe('current');
    outdated.give('outdated');
    held.give('held');
    expect(await Promise.all([first, loading])).toEqual(['outdated', 'held']);
  });

  test('after lockTimeout a caller does not join a load that began before a change', async () => {
    const { time, caches } = virtualFleet();
    const [first, second] = caches;
    const never = new Promise<string>(() => {});
    const holding = [first.getOrSet('k', () => never), first.getOrSet('k', () => never)];
    await settled();
    const old = deferred<string>();
    const early = second.getOrSet('k', () => old.promise, { lockTimeout: '1s' });
    await time.advance(1001);
    await first.set('k', 'changed');
    await first.delete('k');
    holding.push(first.getOrSet('k', () => never));
    await settled();
    const late = second.getOrSet('k', () => 'new', { lockTimeout: '1s' });
    await time.advance(1001);
    old.give('old');
    expect([await early, await late]).toEqual(['old', 'new']);
    for (const call of holding) call.catch(() => {});
    await first.disconnect();
  });

  test('lockTimeout and the signal of a caller end its wait also while the store does not confirm the subscription', async () => {
    const { time, store, caches } = virtualFleet();
    const loading = caches[0].getOrSet('k', () => new Promise<string>(() => {}));
    loading.catch(() => {});
    await settled();
    const watch = vi.spyOn(store.can.entries ?? failed(), 'watch').mockReturnValue(new Promise(() => {}));
    const strict = caches[1].getOrSet('k', () => 'own', { lockTimeout: '1s', onLockTimeout: 'throw' });
    strict.catch(() => {});
    await settled();
    expect(watch).toHaveBeenCalled();
    await time.advance(1001);
    await expect(strict).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' });
    await caches[0].disconnect();
  });

  test('a waiter is notified when a change ends the load', async () => {
    const { time, caches } = virtualFleet();
    const value = deferred<string>();
    const loading = caches[0].getOrSet('k', () => value.promise);
    await settled();
    const waiting = caches[1].getOrSet('k', () => 'after the delete');
    await time.advance(10);
    await caches[0].delete('k');
    await time.advance(1);
    expect(await waiting).toBe('after the delete');
    value.give('before the delete');
    expect(await loading).toBe('before the delete');
    expect(await caches[0].get('k')).toBe('after the delete');
  });

  test('a waiter leaves when its signal is aborted, and no timer is left', async () => {
    const { time, caches } = virtualFleet();
    const value = deferred<string>();
    const loading = caches[0].getOrSet('k', () => value.promise);
    await settled();
    const controller = new AbortController();
    const { store } = caches[1];
    Object.assign(store, { with: () => store });
    const waiting = caches[1].with({ signal: controller.signal }).getOrSet('k', () => 'own');
    const rejected = codeOf(waiting);
    await time.advance(10);
    controller.abort();
    expect(await rejected).toBe('DEADLINE_EXCEEDED');
    value.give('first');
    await loading;
    await time.advance(1);
    expect(time.running).toBe(0);
  });

  test('a waiter rejects with CLOSED when its cache is disconnected', async () => {
    const { time, caches } = virtualFleet();
    const loading = caches[0].getOrSet('k', () => new Promise(() => {}));
    loading.catch(() => {});
    await settled();
    const waiting = codeOf(caches[1].getOrSet('k', () => 'own'));
    await time.advance(10);
    await caches[1].disconnect();
    expect(await waiting).toBe('CLOSED');
  });

  test('a waiter polls if the store delivers no events', async () => {
    const { time, caches, store } = virtualFleet();
    vi.spyOn(store.can.entries ?? failed(), 'watch').mockRejectedValue(new Error('SUBSCRIBE is not permitted'));
    const value = deferred<string>();
    const loading = caches[0].getOrSet('k', () => value.promise);
    await settled();
    const waiting = caches[1].getOrSet('k', () => 'own');
    await time.advance(50);
    value.give('first');
    await loading;
    await time.advance(101);
    expect(await waiting).toBe('first');
  });
});

describe('errorTtl', () => {
  const options = { errorTtl: '1s' } as const;
  const boom = async (): Promise<string> => Promise.reject(new Error('the database is unavailable'));

  test('keeps every process from loading again after a failure, and doubles with each', async () => {
    const { time, caches } = virtualFleet();
    await expect(caches[0].getOrSet('k', boom, options)).rejects.toThrow('the database is unavailable');
    const second = vi.fn(boom);
    await expect(caches[1].getOrSet('k', second, options)).rejects.toMatchObject({
      code: 'LOAD_FAILED',
      context: { retryAfterMs: 1000 },
    });
    expect(second).not.toHaveBeenCalled();
    await time.advance(1001);
    await expect(caches[1].getOrSet('k', second, options)).rejects.toThrow('the database is unavailable');
    await expect(caches[0].getOrSet('k', boom, options)).rejects.toMatchObject({ context: { retryAfterMs: 2000 } });
  });

  test('callers get a stale value within staleIfError', async () => {
    const { time, caches } = virtualFleet();
    const stale = { ...options, ttl: '10s', staleIfError: '1h' } as const;
    await caches[0].getOrSet('k', () => 'old', stale);
    await time.advance(10_001);
    expect(await caches[0].getOrSet('k', boom, stale)).toBe('old');
    const second = vi.fn(boom);
    expect(await caches[1].getOrSet('k', second, stale)).toBe('old');
    expect(second).not.toHaveBeenCalled();
  });

  test('ends with a change of the key', async () => {
    const { caches } = virtualFleet();
    await expect(caches[0].getOrSet('k', boom, options)).rejects.toThrow('the database is unavailable');
    await caches[1].delete('k');
    expect(await caches[0].getOrSet('k', () => 'loaded', options)).toBe('loaded');
  });
});

function failed(): never {
  throw new Error('the store keeps no entries');
}
