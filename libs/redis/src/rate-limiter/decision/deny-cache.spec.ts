import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../common/clock.js';
import type { PolicyVerdict } from '../policy/limiter-call.js';
import { NEVER } from '../policy/limiter-call.js';
import { decisionOf } from './decisions.js';
import { DenyCache } from './deny-cache.js';
import { PolicyPlans, type PolicyPlan } from '../policy/policy-plan.js';

const plans = new PolicyPlans([], '');
const A = { name: 'a', limit: 5, window: '1h' } as const;
const B = { ...A, name: 'b' } as const;
const plan = plans.of(A);

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Caches a refusal, now, by policies with these waits. */
function refuse(
  cache: DenyCache,
  refusing: PolicyPlan,
  waitsUs: readonly number[],
  amount = 1,
  costs?: readonly number[],
): void {
  const policies = waitsUs.map((waitUs): PolicyVerdict => ({ counted: 0, free: 0, resetUs: 9_000_000, waitUs }));
  const result = { verdict: { admitted: 0, policies }, nth: 0, sentMs: performance.now() };
  const charge = { amount, costs };
  cache.add(refusing, 'k', charge, result, decisionOf(refusing, result, charge, 'redis'));
}

describe('deny cache', () => {
  test('refuses only the same policy and subject, for the refused cost or more', () => {
    const cache = new DenyCache(10, systemClock);
    refuse(cache, plan, [500_000], 2);
    expect([2, 3, 100].map((amount) => cache.find(plan, 'k', { amount })?.source)).toEqual(Array(3).fill('deny-cache'));
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.find(plan, 'other', { amount: 2 })).toBeUndefined();
    expect(cache.find(plans.of(B), 'k', { amount: 2 })).toBeUndefined();
    expect(cache.find(plans.of({ ...A, limit: 6 }), 'k', { amount: 2 })).toBeUndefined();
  });

  test('refuses until the retry time, and reports the time that is left', () => {
    const cache = new DenyCache(10, systemClock);
    refuse(cache, plan, [500_000]);
    vi.advanceTimersByTime(200);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ allowed: false, retryAfterMs: 300, resetMs: 8800 });
    vi.advanceTimersByTime(299);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ retryAfterMs: 1 });
    vi.advanceTimersByTime(1);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
  });

  test('refuses for at most one second', () => {
    const cache = new DenyCache(10, systemClock);
    refuse(cache, plan, [60_000_000]);
    vi.advanceTimersByTime(999);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ retryAfterMs: 59_001 });
    vi.advanceTimersByTime(1);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
  });

  test('caches nothing of policies that admit, are in shadow, or have no retry time', () => {
    const concurrency = { ...A, algorithm: 'concurrency' } as const;
    for (const [policy, waitUs] of [
      [{ ...A, shadow: true }, 500_000],
      [concurrency, 500_000],
      [A, NEVER],
      [A, -1],
    ] as const) {
      const cache = new DenyCache(10, systemClock);
      refuse(cache, plans.of(policy), [waitUs]);
      expect(cache.find(plans.of(policy), 'k', { amount: 1 })).toBeUndefined();
    }
  });

  test('refuses every list that contains the refusing policy, and reports only cached policies', () => {
    const cache = new DenyCache(10, systemClock);
    const both = plans.of([B, A]);
    refuse(cache, both, [-1, 500_000]);
    expect(cache.find(both, 'k', { amount: 1 })).toMatchObject({
      policy: 'a',
      policies: [{ policy: 'b', allowed: true }, { policy: 'a' }],
    });
    expect(cache.find(plan, 'k', { amount: 1 })?.policies).toMatchObject([{ policy: 'a', allowed: false }]);
    expect(cache.find(plans.of(B), 'k', { amount: 1 })).toBeUndefined();
  });

  test('compares the cost of the refusing policy when each policy has its own', () => {
    const cache = new DenyCache(10, systemClock);
    const both = plans.of([B, A]);
    refuse(cache, both, [-1, 500_000], 1, [1, 3]);
    expect(cache.find(both, 'k', { amount: 1, costs: [1, 3] })?.policies).toHaveLength(2);
    expect(cache.find(both, 'k', { amount: 1, costs: [5, 4] })?.policies).toMatchObject([{ policy: 'a' }]);
    expect(cache.find(plan, 'k', { amount: 3 })).toMatchObject({ allowed: false });
    expect(cache.find(both, 'k', { amount: 9, costs: [9, 2] })).toBeUndefined();
    expect(cache.find(both, 'k', { amount: 9, costs: [9, 0] })).toBeUndefined();
  });

  test('forgets the refusals of a subject, and changes its generation', () => {
    const cache = new DenyCache(10, systemClock);
    refuse(cache, plan, [500_000]);
    const { generation } = cache;
    cache.forget(plan, 'k');
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.generation).not.toBe(generation);
  });

  test('keeps at most max entries', () => {
    const cache = new DenyCache(1, systemClock);
    refuse(cache, plan, [500_000]);
    refuse(cache, plans.of(B), [500_000]);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.find(plans.of(B), 'k', { amount: 1 })).toBeDefined();
  });
});
