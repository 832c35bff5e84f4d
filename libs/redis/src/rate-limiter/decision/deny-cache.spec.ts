import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PolicyVerdict } from '../policy/decide.calls.js';
import { NEVER } from '../policy/decide.calls.js';
import { decisionOf } from './decisions.js';
import { DenyCache } from './deny-cache.js';
import { PolicyPlans, type PolicyPlan } from '../policy/policy-plan.js';

const plans = new PolicyPlans([], '');
const A = { name: 'a', limit: 5, window: '1h' } as const;
const B = { ...A, name: 'b' } as const;
const plan = plans.of(A);

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Remembers that so many tokens were refused, now, by policies that say to wait so long. */
function refuse(
  cache: DenyCache,
  asked: PolicyPlan,
  waitsUs: readonly number[],
  amount = 1,
  costs?: readonly number[],
): void {
  const policies = waitsUs.map((waitUs): PolicyVerdict => ({ counted: 0, free: 0, resetUs: 9_000_000, waitUs }));
  const result = { verdict: { admitted: 0, policies }, nth: 0, sentMs: performance.now() };
  const charge = { amount, costs };
  cache.add(asked, 'k', charge, result, decisionOf(asked, result, charge, 'redis'));
}

describe('refusals', () => {
  test('hold for that cost or more, that policy and that subject', () => {
    const cache = new DenyCache(10);
    refuse(cache, plan, [500_000], 2);
    expect([2, 3, 100].map((amount) => cache.find(plan, 'k', { amount })?.source)).toEqual(Array(3).fill('deny-cache'));
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.find(plan, 'other', { amount: 2 })).toBeUndefined();
    expect(cache.find(plans.of(B), 'k', { amount: 2 })).toBeUndefined();
    expect(cache.find(plans.of({ ...A, limit: 6 }), 'k', { amount: 2 })).toBeUndefined();
  });

  test('hold until the moment they named, and say how long that is', () => {
    const cache = new DenyCache(10);
    refuse(cache, plan, [500_000]);
    vi.advanceTimersByTime(200);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ allowed: false, retryAfterMs: 300, resetMs: 8800 });
    vi.advanceTimersByTime(299);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ retryAfterMs: 1 });
    vi.advanceTimersByTime(1);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
  });

  test('hold for a second at most', () => {
    const cache = new DenyCache(10);
    refuse(cache, plan, [60_000_000]);
    vi.advanceTimersByTime(999);
    expect(cache.find(plan, 'k', { amount: 1 })).toMatchObject({ retryAfterMs: 59_001 });
    vi.advanceTimersByTime(1);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
  });

  test('are only those of a policy that refuses, may refuse, and knows until when', () => {
    const places = { ...A, algorithm: 'concurrency' } as const;
    for (const [policy, waitUs] of [
      [{ ...A, shadow: true }, 500_000],
      [places, 500_000],
      [A, NEVER],
      [A, -1],
    ] as const) {
      const cache = new DenyCache(10);
      refuse(cache, plans.of(policy), [waitUs]);
      expect(cache.find(plans.of(policy), 'k', { amount: 1 })).toBeUndefined();
    }
  });

  test('of one policy hold in every list that it is in, and say of the others what is known', () => {
    const cache = new DenyCache(10);
    const both = plans.of([B, A]);
    refuse(cache, both, [-1, 500_000]);
    expect(cache.find(both, 'k', { amount: 1 })).toMatchObject({
      policy: 'a',
      policies: [{ policy: 'b', allowed: true }, { policy: 'a' }],
    });
    expect(cache.find(plan, 'k', { amount: 1 })?.policies).toMatchObject([{ policy: 'a', allowed: false }]);
    expect(cache.find(plans.of(B), 'k', { amount: 1 })).toBeUndefined();
  });

  test('of a cost for each policy hold for that cost or more of the policy that refused', () => {
    const cache = new DenyCache(10);
    const both = plans.of([B, A]);
    refuse(cache, both, [-1, 500_000], 1, [1, 3]);
    expect(cache.find(both, 'k', { amount: 1, costs: [1, 3] })?.policies).toHaveLength(2);
    expect(cache.find(both, 'k', { amount: 1, costs: [5, 4] })?.policies).toMatchObject([{ policy: 'a' }]);
    expect(cache.find(plan, 'k', { amount: 3 })).toMatchObject({ allowed: false });
    expect(cache.find(both, 'k', { amount: 9, costs: [9, 2] })).toBeUndefined();
    expect(cache.find(both, 'k', { amount: 9, costs: [9, 0] })).toBeUndefined();
  });

  test('are forgotten when something is done for the subject, and what was asked before that can be told', () => {
    const cache = new DenyCache(10);
    refuse(cache, plan, [500_000]);
    const { generation } = cache;
    cache.forget(plan, 'k');
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.generation).not.toBe(generation);
  });

  test('are so many at most', () => {
    const cache = new DenyCache(1);
    refuse(cache, plan, [500_000]);
    refuse(cache, plans.of(B), [500_000]);
    expect(cache.find(plan, 'k', { amount: 1 })).toBeUndefined();
    expect(cache.find(plans.of(B), 'k', { amount: 1 })).toBeDefined();
  });
});
