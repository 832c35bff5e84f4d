import { describe, expect, test } from 'vitest';
import { MemoryAdapter, RateLimiter, type PolicyDecision } from '../../src/index.js';

const REAL = { name: 'real', limit: 5, window: '1h' } as const;
const TRIED = { name: 'tried', limit: 2, window: '1h', shadow: true } as const;

function limiterOf(): { readonly limiter: RateLimiter; readonly refusals: PolicyDecision[] } {
  const limiter = new RateLimiter(new MemoryAdapter(), { deadline: '5s' });
  const refusals: PolicyDecision[] = [];
  limiter.on('would-refuse', (decision) => refusals.push(decision));
  return { limiter, refusals };
}

describe('a shadow policy', () => {
  test('never refuses, and emits would-refuse instead', async () => {
    const { limiter, refusals } = limiterOf();
    const allowed: boolean[] = [];
    for (let i = 0; i < 7; i++) allowed.push((await limiter.consume([REAL, TRIED], 's')).allowed);
    expect(allowed).toEqual([true, true, true, true, true, false, false]);
    // Refusals of the other policy come from the deny cache, without a shadow result.
    expect(refusals.length).toBeGreaterThanOrEqual(4);
    expect(refusals[0]).toMatchObject({ policy: 'tried', allowed: false, shadow: true, remaining: 0 });
  });

  test('allows every request on its own, without a retry time', async () => {
    const { limiter, refusals } = limiterOf();
    await limiter.consume(TRIED, 's', { cost: 2 });
    const decision = await limiter.consume(TRIED, 's');
    expect(decision).toMatchObject({ allowed: true, retryAfterMs: undefined, shadow: true });
    expect(decision.policies[0]?.retryAfterMs).toBeGreaterThan(0);
    expect(refusals).toHaveLength(1);
    await limiter.peek(TRIED, 's');
    expect(refusals).toHaveLength(1);
  });

  test('never refuses while Redis is unavailable and onError is closed', async () => {
    const offline = new RateLimiter('redis://127.0.0.1:1', { onError: 'closed' });
    expect(await offline.consume(TRIED, 's')).toMatchObject({ allowed: true, source: 'closed' });
    expect(await offline.consume([REAL, TRIED], 's')).toMatchObject({ allowed: false, source: 'closed' });
    await offline.close();
  });
});
