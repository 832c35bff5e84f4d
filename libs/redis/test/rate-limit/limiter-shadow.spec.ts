import { describe, expect, test } from 'vitest';
import { MemoryAdapter, RateLimiter, type PolicyDecision } from '../../src/index.js';

const REAL = { name: 'real', limit: 5, window: '1h' } as const;
const TRIED = { name: 'tried', limit: 2, window: '1h', shadow: true } as const;

function limiterOf(): { readonly limiter: RateLimiter; readonly told: PolicyDecision[] } {
  const limiter = new RateLimiter(new MemoryAdapter(), { deadline: '5s' });
  const told: PolicyDecision[] = [];
  limiter.on('would-refuse', (decision) => told.push(decision));
  return { limiter, told };
}

describe('a policy in shadow', () => {
  test('refuses nobody, and tells each time that it would have', async () => {
    const { limiter, told } = limiterOf();
    const allowed: boolean[] = [];
    for (let i = 0; i < 7; i++) allowed.push((await limiter.consume([REAL, TRIED], 's')).allowed);
    expect(allowed).toEqual([true, true, true, true, true, false, false]);
    // What another policy refuses is remembered, and asked no more.
    expect(told.length).toBeGreaterThanOrEqual(4);
    expect(told[0]).toMatchObject({ policy: 'tried', allowed: false, shadow: true, remaining: 0 });
  });

  test('alone lets everybody through, and then names no time to come again', async () => {
    const { limiter, told } = limiterOf();
    await limiter.consume(TRIED, 's', { cost: 2 });
    const decision = await limiter.consume(TRIED, 's');
    expect(decision).toMatchObject({ allowed: true, retryAfterMs: undefined, shadow: true });
    expect(decision.policies[0]?.retryAfterMs).toBeGreaterThan(0);
    expect(told).toHaveLength(1);
    await limiter.peek(TRIED, 's');
    expect(told).toHaveLength(1);
  });

  test('lets everybody through also where nobody can be asked and nobody is to be', async () => {
    const away = new RateLimiter('redis://127.0.0.1:1', { onError: 'closed' });
    expect(await away.consume(TRIED, 's')).toMatchObject({ allowed: true, source: 'closed' });
    expect(await away.consume([REAL, TRIED], 's')).toMatchObject({ allowed: false, source: 'closed' });
    await away.close();
  });
});
