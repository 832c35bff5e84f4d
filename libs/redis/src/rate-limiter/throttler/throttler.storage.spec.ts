import { ThrottlerStorageService, type ThrottlerStorage } from '@nestjs/throttler';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryAdapter } from '../../adapters/memory.adapter.js';
import { TEN_YEARS_MS } from '../../common/duration.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore, ScriptHost } from '../../domain/cache-store.js';
import { RedisThrottlerStorage } from './throttler.storage.js';

const SECOND = 1000;

/** A storage on the memory store, and the clock of both. */
function setUp(): { storage: RedisThrottlerStorage; memory: MemoryAdapter; advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const memory = new MemoryAdapter({}, clock);
  const storage: ThrottlerStorage & RedisThrottlerStorage = new RedisThrottlerStorage(memory, {}, clock);
  return { storage, memory, advance: (ms) => void (nowMs += ms) };
}

/** A store whose scripts do what `run` does. */
function storeOn(run: ScriptHost['run']): CacheStore {
  return Object.assign(Object.create(new MemoryAdapter()), { can: { scripts: { run } } });
}

function lost(outcome: 'unknown' | 'not-sent'): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', 'the connection was lost', { outcome });
}

describe('RedisThrottlerStorage', () => {
  it('blocks the request beyond the limit for the block duration, and then starts again', async () => {
    const { storage, advance } = setUp();
    const hit = () => storage.increment('key', 10 * SECOND, 2, 30 * SECOND, 'default');
    expect(await hit()).toEqual({ totalHits: 1, timeToExpire: 10, isBlocked: false, timeToBlockExpire: 0 });
    expect(await hit()).toEqual({ totalHits: 2, timeToExpire: 10, isBlocked: false, timeToBlockExpire: 0 });
    expect(await hit()).toEqual({ totalHits: 3, timeToExpire: 10, isBlocked: true, timeToBlockExpire: 30 });
    advance(29.5 * SECOND);
    expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    advance(0.5 * SECOND);
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false, timeToBlockExpire: 0 });
  });

  it('lets each counted request expire by itself', async () => {
    const { storage, advance } = setUp();
    const hit = () => storage.increment('key', 10 * SECOND, 2, 10 * SECOND, 'default');
    await hit();
    advance(6 * SECOND);
    expect(await hit()).toMatchObject({ totalHits: 2, timeToExpire: 4 });
    advance(5 * SECOND);
    expect(await hit()).toMatchObject({ totalHits: 2, isBlocked: false });
  });

  it('with a block duration of 0 refuses until the oldest request expires, and counts no refusal', async () => {
    const { storage, advance } = setUp();
    const hit = () => storage.increment('key', 10 * SECOND, 1, 0, 'default');
    await hit();
    advance(4 * SECOND);
    expect(await hit()).toEqual({ totalHits: 2, timeToExpire: 6, isBlocked: true, timeToBlockExpire: 6 });
    advance(6 * SECOND);
    expect(await hit()).toMatchObject({ totalHits: 1, isBlocked: false });
  });

  it('allows nothing with a limit of 0', async () => {
    const { storage, advance } = setUp();
    for (const blockDuration of [0, SECOND]) {
      for (let i = 0; i < 3; i++) {
        expect(await storage.increment(`${blockDuration}`, SECOND, 0, blockDuration, 'default')).toMatchObject({
          isBlocked: true,
        });
        advance(2 * SECOND);
      }
    }
  });

  it('counts the throttlers of one key separately', async () => {
    const { storage } = setUp();
    await storage.increment('b:key', SECOND, 1, SECOND, 'a');
    expect(await storage.increment('key', SECOND, 1, SECOND, 'a:b')).toMatchObject({ totalHits: 1 });
    expect(await storage.increment('b:key', SECOND, 1, SECOND, 'b')).toMatchObject({ totalHits: 1 });
  });

  it('keeps no record that counts nothing any more', async () => {
    const { storage, memory, advance } = setUp();
    await storage.increment('key', SECOND, 5, SECOND, 'default');
    expect(await memory.has('throttler:default:key')).toBe(true);
    advance(SECOND);
    expect(await memory.has('throttler:default:key')).toBe(false);
  });

  it('takes limits and durations without end, as the longest duration', async () => {
    const { storage } = setUp();
    expect(await storage.increment('key', Infinity, Infinity, Infinity, 'default')).toMatchObject({
      totalHits: 1,
      timeToExpire: TEN_YEARS_MS / SECOND,
    });
  });
});

describe('RedisThrottlerStorage compared with the storage of throttler', () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    [3, 10 * SECOND, 10 * SECOND],
    [3, 10 * SECOND, 25 * SECOND],
    [3, 10 * SECOND, 2 * SECOND],
    [1, SECOND, SECOND],
    [4, 5 * SECOND, 0],
  ])('decides every request like it: limit %i, ttl %i ms, block %i ms', async (limit, ttl, blockDuration) => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 1_000_000 });
    const { storage, advance } = setUp();
    const reference = new ThrottlerStorageService();
    let seed = limit * 7919 + blockDuration;
    let refused = 0;
    for (let i = 0; i < 500; i++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      const stepMs = seed % 3 === 0 ? seed % (ttl / 2) : seed % 100;
      advance(stepMs);
      vi.setSystemTime(Date.now() + stepMs);
      const [expected, actual] = await Promise.all(
        [reference, storage].map((each) => each.increment('key', ttl, limit, blockDuration, 'default')),
      );
      const timeToBlockExpire = Math.max(0, expected?.timeToBlockExpire ?? 0);
      expect(actual).toEqual({ ...expected, timeToBlockExpire });
      if (actual?.isBlocked === true) refused++;
    }
    expect(refused).toBeGreaterThan(10);
    reference.onApplicationShutdown();
  });
});

describe('RedisThrottlerStorage when Redis fails', () => {
  it('sends a request with the same id again when its connection is lost', async () => {
    const ids: unknown[] = [];
    let isLost = false;
    const memory = new MemoryAdapter();
    const storage = new RedisThrottlerStorage(
      storeOn(async (script, keys, args) => {
        const reply = await memory.can.scripts?.run(script, keys, args);
        const [, id] = args;
        ids.push(id);
        const isReplyLost = isLost || reply === undefined;
        isLost = false;
        if (isReplyLost) throw lost('unknown');
        return reply;
      }),
      { deadline: '10s' },
    );
    await storage.increment('another key', SECOND, 5, SECOND, 'default');
    ids.length = 0;
    isLost = true;
    expect(await storage.increment('key', SECOND, 5, SECOND, 'default')).toMatchObject({ totalHits: 1 });
    expect(await storage.increment('key', SECOND, 5, SECOND, 'default')).toMatchObject({ totalHits: 2 });
    expect(ids).toHaveLength(3);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('counts in this process, and emits failure', async () => {
    const storage = new RedisThrottlerStorage(storeOn(() => Promise.reject(lost('not-sent'))));
    const failures: unknown[] = [];
    storage.on('failure', (failure) => failures.push(failure));
    const hit = () => storage.increment('key', 60 * SECOND, 1, 60 * SECOND, 'default');
    expect([(await hit()).isBlocked, (await hit()).isBlocked]).toEqual([false, true]);
    expect(failures).toEqual(
      [1, 2].map(() => ({ action: 'local', error: expect.objectContaining({ code: 'CONNECTION_FAILED' }) })),
    );
  });

  it("allows every request with onError 'open'", async () => {
    const storage = new RedisThrottlerStorage(
      storeOn(() => Promise.reject(lost('not-sent'))),
      { onError: 'open' },
    );
    for (let i = 0; i < 3; i++) {
      expect(await storage.increment('key', SECOND, 1, SECOND, 'default')).toMatchObject({ isBlocked: false });
    }
  });

  it("rejects with LIMITER_UNAVAILABLE with onError 'closed'", async () => {
    const storage = new RedisThrottlerStorage(
      storeOn(() => Promise.reject(lost('not-sent'))),
      { onError: 'closed' },
    );
    await expect(storage.increment('key', SECOND, 1, SECOND, 'default')).rejects.toMatchObject({
      code: 'LIMITER_UNAVAILABLE',
      cause: expect.objectContaining({ code: 'CONNECTION_FAILED' }),
    });
  });

  it('does not hide errors of the caller', async () => {
    const { storage, memory } = setUp();
    await memory.set('throttler:default:key', 'a value');
    await expect(storage.increment('key', SECOND, 1, SECOND, 'default')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    await expect(storage.increment('k'.repeat(2000), SECOND, 1, SECOND, 'default')).rejects.toMatchObject({
      code: 'KEY_INVALID',
    });
  });

  it('refuses unknown options and stores without scripts', () => {
    const code = expect.objectContaining({ code: 'OPTION_INVALID' });
    const misspelt: object = { onerror: 'open' };
    expect(() => new RedisThrottlerStorage(new MemoryAdapter(), misspelt)).toThrow(code);
    const plain: CacheStore = Object.assign(Object.create(new MemoryAdapter()), { can: undefined });
    expect(() => new RedisThrottlerStorage(plain)).toThrow(code);
  });
});
