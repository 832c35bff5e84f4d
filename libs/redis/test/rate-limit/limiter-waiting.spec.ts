import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryAdapter, RateLimiter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf } from '../support/started.js';

const BRISK = { name: 'brisk', limit: 1, window: '40ms' } as const;
const SLOW = { name: 'slow', limit: 1, window: '1h' } as const;
const WINDOW_MS = 60;
const ONE = { name: 'one', limit: 1, window: `${WINDOW_MS}ms`, algorithm: 'concurrency' } as const;

function limiterOf(store = new MemoryAdapter()): RateLimiter {
  return new RateLimiter(store, { deadline: '5s', onError: 'closed' });
}

describe('wait()', () => {
  test('lets callers through one after the other, in the order they came', async () => {
    const limiter = limiterOf();
    const order: number[] = [];
    const wait = async (i: number): Promise<void> => {
      const { allowed } = await limiter.wait(BRISK, 's', { deadline: '10s' });
      if (allowed) order.push(i);
    };
    await Promise.all([0, 1, 2, 3, 4].map(wait));
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('refuses at once where there will be no room in time', async () => {
    const limiter = limiterOf();
    await limiter.consume(SLOW, 's');
    const decision = await limiter.wait(SLOW, 's', { deadline: '10m' });
    expect(decision).toMatchObject({ allowed: false, policy: 'slow' });
    expect(decision.retryAfterMs).toBeGreaterThan(600_000);
  });

  test('refuses at once what will never have room', async () => {
    const decision = await limiterOf().wait(BRISK, 's', { deadline: '10m', cost: 2 });
    expect(decision).toMatchObject({ allowed: false, retryAfterMs: undefined });
  });

  test('refuses those in line, too, when their time is over', async () => {
    const limiter = limiterOf();
    await limiter.consume(SLOW, 's');
    const all = [1, 2, 3].map(() => limiter.wait(SLOW, 's', { deadline: '30ms' }));
    expect((await Promise.all(all)).map(({ allowed }) => allowed)).toEqual([false, false, false]);
  });

  test('ends with its signal, and the next one in line goes on', async () => {
    const limiter = limiterOf();
    await limiter.consume(BRISK, 's');
    const controller = new AbortController();
    const ended = codeOf(limiter.wait(BRISK, 's', { deadline: '10s', signal: controller.signal }));
    const next = limiter.wait(BRISK, 's', { deadline: '10s' });
    controller.abort();
    expect(await ended).toBe('DEADLINE_EXCEEDED');
    expect(await next).toMatchObject({ allowed: true });
  });
});

describe('acquire()', () => {
  test('keeps a place beyond its window, for as long as its holder lives', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const store = new MemoryAdapter();
    const [limiter, other] = [limiterOf(store), limiterOf(store)];
    const { decision, release } = await limiter.acquire(ONE, 's');
    expect(decision).toMatchObject({ allowed: true, remaining: 0 });
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(WINDOW_MS / 5);
      expect((await other.acquire(ONE, 's')).decision.allowed).toBe(false);
    }
    await release();
    expect((await other.acquire(ONE, 's')).decision.allowed).toBe(true);
  });

  test('has the place of a holder again that died, after its window', async () => {
    const store = new MemoryAdapter();
    const dead = limiterOf(store);
    await dead.acquire(ONE, 's');
    await dead.close();
    const { decision, release } = await limiterOf(store).acquire(ONE, 's', { deadline: '10s' });
    expect(decision.allowed).toBe(true);
    await release();
  });

  test('releases once, however often it is told to', async () => {
    const limiter = limiterOf();
    const two = { ...ONE, limit: 2 } as const;
    const [first, second] = [await limiter.acquire(two, 's'), await limiter.acquire(two, 's')];
    await Promise.all([first.release(), first.release()]);
    await first.release();
    expect(await limiter.peek(two, 's')).toMatchObject({ remaining: 1 });
    await second.release();
    expect(await limiter.peek(two, 's')).toMatchObject({ remaining: 2 });
  });

  test('waits for a place that is left, and gives up with its deadline', async () => {
    const limiter = limiterOf();
    const hour = { ...ONE, window: '1h' } as const;
    const { release } = await limiter.acquire(hour, 's');
    const none = await limiter.acquire(hour, 's', { deadline: '30ms' });
    expect(none.decision.allowed).toBe(false);
    await none.release();
    let isIn = false;
    const waiting = limiter.acquire(hour, 's', { deadline: '10s' }).then(({ decision }) => (isIn = decision.allowed));
    expect(isIn).toBe(false);
    await release();
    await waiting;
    await eventually(() => isIn);
  });

  test('is for concurrency only, and concurrency for it only', async () => {
    const limiter = limiterOf();
    expect(await codeOf(limiter.acquire(BRISK, 's'))).toBe('OPTION_INVALID');
    for (const call of [
      limiter.consume(ONE, 's'),
      limiter.wait(ONE, 's', { deadline: 1 }),
      limiter.refund(ONE, 's'),
      limiter.penalty(ONE, 's', 1),
    ])
      expect(await codeOf(call)).toBe('OPTION_INVALID');
  });
});
