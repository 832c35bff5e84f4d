import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import type { CacheStore } from '../../domain/cache-store.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { FleetLock } from './fleet-lock.js';
import type { FleetLockOptions } from './fleet-lock.options.js';

interface Fleet {
  readonly time: VirtualTime;
  readonly store: MemoryAdapter;
  readonly lock: FleetLock;
}

function setUp(options: FleetLockOptions = {}, store?: (memory: MemoryAdapter) => CacheStore): Fleet {
  const time = new VirtualTime();
  const memory = new MemoryAdapter({}, time.clock);
  const environment = { clock: time.clock, timers: time.timers, random: () => 0.5 };
  return { time, store: memory, lock: new FleetLock(store?.(memory) ?? memory, options, environment) };
}

/** A store whose scripts fail while `isDown()`. */
function failing(memory: MemoryAdapter, isDown: (script: string) => boolean): CacheStore {
  const { scripts } = memory.can;
  const unavailable = new RedisInfraError('CONNECTION_FAILED', 'unavailable', { outcome: 'unknown' });
  return Object.assign(Object.create(memory), {
    can: {
      scripts: {
        run: (...args: Parameters<NonNullable<typeof scripts>['run']>) =>
          isDown(args[0].name) ? Promise.reject(unavailable) : scripts?.run(...args),
      },
    },
  });
}

describe('FleetLock', () => {
  test('has one holder, and the next one gets a greater fencing number', async () => {
    const { lock } = setUp();
    const first = await lock.acquire('a');
    expect(await lock.tryAcquire('a')).toBeUndefined();
    expect(await lock.tryAcquire('b')).toBeDefined();
    await first.release();
    const second = await lock.acquire('a');
    expect(second.fence).toBeGreaterThan(first.fence);
  });

  test('is renewed until its release, with one timer for each lock', async () => {
    const { lock, time } = setUp({ ttl: '9s' });
    const held = await lock.acquire('a');
    await lock.acquire('b');
    expect(time.running).toBe(2);
    await time.advance(60_000);
    expect(held.signal.aborted).toBe(false);
    expect(await lock.tryAcquire('a')).toBeUndefined();
    await held.release();
    expect(time.running).toBe(1);
    expect(held.signal.aborted).toBe(false);
    expect(await lock.tryAcquire('a')).toBeDefined();
  });

  test('without renewal is lost when its ttl ends', async () => {
    const { lock, time } = setUp({ ttl: '9s', renew: false });
    const held = await lock.acquire('a');
    await time.advance(8999);
    expect(held.signal.aborted).toBe(false);
    await time.advance(1);
    expect(held.signal.reason).toMatchObject({ code: 'LOCK_LOST' });
    const successor = await lock.acquire('a');
    expect(successor.fence).toBeGreaterThan(held.fence);
    await held.release();
    expect(await lock.tryAcquire('a')).toBeUndefined();
  });

  test('aborts its signal one ttl after the request of the last confirmed renewal', async () => {
    let isDown = false;
    const { lock, time } = setUp({ ttl: '9s' }, (memory) => failing(memory, () => isDown));
    const held = await lock.acquire('a');
    await time.advance(3000);
    isDown = true;
    await time.advance(8999);
    expect(held.signal.aborted).toBe(false);
    await time.advance(1);
    expect(held.signal.aborted).toBe(true);
    expect(time.running).toBe(0);
  });

  test('continues if a renewal fails and a later one is confirmed within the ttl', async () => {
    let isDown = true;
    const { lock, time } = setUp({ ttl: '9s' }, (memory) => failing(memory, (name) => isDown && name === 'RENEW_LOCK'));
    const held = await lock.acquire('a');
    await time.advance(8000);
    isDown = false;
    await time.advance(60_000);
    expect(held.signal.aborted).toBe(false);
  });

  test('reads as aborted after the loss before any timer has run', async () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
    const timers = { after: () => () => {}, afterInBackground: () => () => {} };
    const lock = new FleetLock(new MemoryAdapter({}, clock), { ttl: '1s' }, { clock, timers, random: Math.random });
    const { signal } = await lock.acquire('a');
    nowMs = 999;
    expect(signal.aborted).toBe(false);
    nowMs = 1000;
    expect(signal.aborted).toBe(true);
    expect(() => signal.throwIfAborted()).toThrow(expect.objectContaining({ code: 'LOCK_LOST' }));
  });

  test('waits for a release, at most for wait', async () => {
    const { lock, time } = setUp({ wait: '5s' });
    const first = await lock.acquire('a');
    const second = lock.acquire('a');
    const third = lock.acquire('a', { wait: '1s' }).catch((error: RedisInfraError) => error.code);
    await time.advance(1000);
    expect(await third).toBe('LOCK_HELD');
    await first.release();
    await time.advance(250);
    expect((await second).fence).toBeGreaterThan(first.fence);
  });

  test('stops waiting when the signal of the call is aborted', async () => {
    const { lock, time } = setUp();
    await lock.acquire('a');
    const controller = new AbortController();
    const waiting = lock.acquire('a', { signal: controller.signal });
    await time.advance(300);
    controller.abort('reason');
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: 'reason' });
    const aborted = lock.acquire('a', { signal: AbortSignal.abort('before') });
    await expect(aborted).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  test('releases what a request without a reply may have taken', async () => {
    let requests = 0;
    const { lock, store } = setUp({}, (memory) =>
      failing(memory, (name) => name === 'ACQUIRE_LOCK' && ++requests <= 2),
    );
    await expect(lock.tryAcquire('a')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(requests).toBe(2);
    expect(await new FleetLock(store).tryAcquire('a', { renew: false })).toBeDefined();
  });

  test('runs work while it holds the lock, and rejects with LOCK_LOST if it lost it meanwhile', async () => {
    const { lock, store } = setUp({ wait: 0 });
    const result = lock.withLock('a', async () => {
      await expect(lock.acquire('a')).rejects.toMatchObject({ code: 'LOCK_HELD' });
      return 5;
    });
    expect(await result).toBe(5);
    await expect(lock.withLock('a', () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    await expect(lock.withLock('a', () => store.delete('~lock:a'))).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(await lock.tryAcquire('a')).toBeDefined();
  });

  test('refuses bad options, names and stores', async () => {
    const { lock, store } = setUp();
    const invalid = (path: string) => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });
    expect(() => new FleetLock(store, { ttl: '99ms' })).toThrow(invalid('ttl'));
    expect(() => new FleetLock(Object.assign(Object.create(store), { can: {} }))).toThrow(invalid('store'));
    await expect(lock.acquire('a', { wait: -1 })).rejects.toEqual(invalid('wait'));
    await expect(lock.acquire('')).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });
});
