import { describe, expect, test } from 'vitest';
import { MemoryAdapter, RateLimiter } from '../../src/index.js';
import type { Clock } from '../../src/common/clock.js';
import { CountedScripts } from '../support/counted-scripts.js';
import { deferred } from '../support/cache.js';

const POLICY = { name: 'p', limit: 5, window: '1h' } as const;
const MONTHLY = { name: 'm', limit: 5, window: 'month', algorithm: 'fixed-window' } as const;

/** A server with a clock that the test sets; the client knows it from replies only. */
function setUp(options: object = {}): { clock: { aheadMs: number }; scripts: CountedScripts; limiter: RateLimiter } {
  const clock = { aheadMs: 0 };
  const serverClock: Clock = { monotonicMs: () => performance.now() + clock.aheadMs, wallMs: () => Date.now() };
  const scripts = new CountedScripts(new MemoryAdapter({}, serverClock));
  const limiter = new RateLimiter(scripts.store, { deadline: '5s', onError: 'closed', ...options });
  return { clock, scripts, limiter };
}

describe('the first decision of a limiter', () => {
  test('reads the server clock, then decides, and counts once', async () => {
    const { limiter, scripts } = setUp();
    expect(await limiter.consume(POLICY, 's')).toMatchObject({ allowed: true, remaining: 4 });
    expect(scripts.runs).toBe(2);
    expect(await limiter.consume(POLICY, 's')).toMatchObject({ remaining: 3 });
    expect(scripts.runs).toBe(3);
  });
});

describe('a wrong server clock', () => {
  test.each([
    ['an hour ahead', 3_600_000],
    ['a year behind', -31_536_000_000],
  ])('does not affect decisions when it is %s from the start', async (_, aheadMs) => {
    const { limiter, clock } = setUp();
    clock.aheadMs = aheadMs;
    for (const remaining of [4, 3, 2]) expect(await limiter.consume(POLICY, 's')).toMatchObject({ remaining });
  });

  test('makes the limiter send one decision again, and count it once, when it jumps forward', async () => {
    const { limiter, clock, scripts } = setUp();
    await limiter.consume(MONTHLY, 'warm');
    await limiter.consume(POLICY, 's');
    clock.aheadMs = 60_000;
    scripts.runs = 0;
    expect(await limiter.consume(POLICY, 's')).toMatchObject({ allowed: true, remaining: 3 });
    expect(scripts.runs).toBe(2);
    expect(await limiter.consume(POLICY, 's')).toMatchObject({ remaining: 2 });
    expect(scripts.runs).toBe(3);
  });

  test('does not prolong a refusal when it jumps back', async () => {
    const { limiter, clock } = setUp({ denyCache: false });
    await limiter.consume(POLICY, 's', { cost: 5 });
    clock.aheadMs = -86_400_000;
    const { allowed, retryAfterMs } = await limiter.consume(POLICY, 's');
    expect(allowed).toBe(false);
    expect(retryAfterMs).toBeLessThanOrEqual(720_000);
  });

  test('makes the limiter send the calendar window again, and count once, when it jumps by months', async () => {
    const { limiter, clock } = setUp();
    await limiter.consume(MONTHLY, 's', { cost: 5 });
    clock.aheadMs = 100 * 86_400_000;
    expect(await limiter.consume(MONTHLY, 's')).toMatchObject({ allowed: true, remaining: 4 });
    clock.aheadMs = 0;
    expect(await limiter.consume(MONTHLY, 's', { cost: 2 })).toMatchObject({ allowed: true, remaining: 2 });
  });
});

describe('a decision that reaches the server after the deadline', () => {
  test('changes nothing on the server', async () => {
    const { limiter, scripts } = setUp({ deadline: '30ms' });
    await limiter.consume(POLICY, 's');
    const hold = deferred<void>();
    scripts.before = () => hold.promise;
    const late = limiter.consume(POLICY, 's');
    // The deadline counts from the moment at which the batch is sent.
    await new Promise(setImmediate);
    const dueMs = performance.now() + 32;
    while (performance.now() <= dueMs) await new Promise(setImmediate);
    hold.give();
    expect(await late).toMatchObject({ allowed: false, source: 'closed' });
    scripts.before = () => {};
    expect(await limiter.peek(POLICY, 's')).toMatchObject({ remaining: 4 });
  });
});
