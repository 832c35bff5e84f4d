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
  test('admits callers one at a time, in the order of the calls', async () => {
    const limiter = limiterOf();
    const order: number[] = [];
    const wait = async (i: number): Promise<void> => {
      const { allowed } = await limiter.wait(BRISK, 's', { deadline: '10s' });
      if (allowed) order.push(i);
    };
    await Promise.all([0, 1, 2, 3, 4].map(wait));
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('refuses immediately when there will be no room before the deadline', async () => {
    const limiter = limiterOf();
    await limiter.consume(SLOW, 's');
    const decision = await limiter.wait(SLOW, 's', { deadline: '10m' });
    expect(decision).toMatchObject({ allowed: false, policy: 'slow' });
    expect(decision.retryAfterMs).toBeGreaterThan(600_000);
  });

  test('refuses immediately when the cost is larger than the burst', async () => {
    const decision = await limiterOf().wait(BRISK, 's', { deadline: '10m', cost: 2 });
    expect(decision).toMatchObject({ allowed: false, retryAfterMs: undefined });
  });

  test('refuses queued callers, too, when their deadline has passed', async () => {
    const limiter = limiterOf();
    await limiter.consume(SLOW, 's');
    const all = [1, 2, 3].map(() => limiter.wait(SLOW, 's', { deadline: '30ms' }));
    expect((await Promise.all(all)).map(({ allowed }) => allowed)).toEqual([false, false, false]);
  });

  test('rejects when its signal aborts, and the next caller proceeds', async () => {
    const limiter = limiterOf();
    await limiter.consume(BRISK, 's');
    const controller = new AbortController();
    const aborted = codeOf(limiter.wait(BRISK, 's', { deadline: '10s', signal: controller.signal }));
    const next = limiter.wait(BRISK, 's', { deadline: '10s' });
    controller.abort();
    expect(await aborted).toBe('DEADLINE_EXCEEDED');
    expect(await next).toMatchObject({ allowed: true });
  });
});

describe('acquire()', () => {
  test('keeps a permit past its window while its process lives', async () => {
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

  test('gets the permit of a dead process after its window', async () => {
    const store = new MemoryAdapter();
    const dead = limiterOf(store);
    await dead.acquire(ONE, 's');
    await dead.close();
    const { decision, release } = await limiterOf(store).acquire(ONE, 's', { deadline: '10s' });
    expect(decision.allowed).toBe(true);
    await release();
  });

  test('releases a permit once when release is called several times', async () => {
    const limiter = limiterOf();
    const two = { ...ONE, limit: 2 } as const;
    const [first, second] = [await limiter.acquire(two, 's'), await limiter.acquire(two, 's')];
    await Promise.all([first.release(), first.release()]);
    await first.release();
    expect(await limiter.peek(two, 's')).toMatchObject({ remaining: 1 });
    await second.release();
    expect(await limiter.peek(two, 's')).toMatchObject({ remaining: 2 });
  });

  test('waits for a released permit, and refuses at its deadline', async () => {
    const limiter = limiterOf();
    const hour = { ...ONE, window: '1h' } as const;
    const { release } = await limiter.acquire(hour, 's');
    const none = await limiter.acquire(hour, 's', { deadline: '30ms' });
    expect(none.decision.allowed).toBe(false);
    await none.release();
    let isAcquired = false;
    const waiting = limiter
      .acquire(hour, 's', { deadline: '10s' })
      .then(({ decision }) => (isAcquired = decision.allowed));
    expect(isAcquired).toBe(false);
    await release();
    await waiting;
    await eventually(() => isAcquired);
  });

  test('accepts only concurrency policies, which the other methods refuse', async () => {
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
