import { describe, expect, test } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { POLICY_OPTIONS } from './compiled-policy.js';
import { PolicyPlans } from './policy-plan.js';
import type { Policies, RateLimitPolicy } from './rate-limit-policy.js';

const A = { name: 'a', limit: 1, window: '1s' } as const;
const B = { name: 'b', limit: 2, window: '1s' } as const;

/** A value for each option that differs from FULL. */
const FULL = { ...A, burst: 3, algorithm: 'gcra', shadow: false, lease: {} } as const;
const CHANGED = {
  name: 'other',
  limit: 2,
  window: '2s',
  algorithm: 'sliding-window',
  burst: 4,
  blockFor: '1s',
  shadow: true,
  timeZone: 'UTC',
  lease: { size: 2 },
} as const satisfies Record<(typeof POLICY_OPTIONS)[number], unknown>;

function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}

describe('policy plans', () => {
  test('are the same object for equal policies, single or in lists', () => {
    const plans = new PolicyPlans([A], 'policies');
    expect(plans.of({ ...A })).toBe(plans.of(A));
    expect(plans.of('a')).toBe(plans.of(A));
    expect(plans.of([A])).toBe(plans.of(A));
    expect(plans.of([{ ...A }, B])).toBe(plans.of(['a', { ...B }]));
    expect(plans.of([B, A])).not.toBe(plans.of([A, B]));
    expect(plans.of([B, A]).map(({ name }) => name)).toEqual(['b', 'a']);
  });

  test('are different objects for policies that differ in any option', () => {
    const plans = new PolicyPlans([], '');
    const all = [A, { ...A, limit: 2 }, { ...A, burst: 2 }, { ...A, shadow: true }, { ...A, lease: {} }];
    expect(new Set(all.map((policy) => plans.of(policy))).size).toBe(all.length);
  });

  test('follow the changes of a policy object', () => {
    const plans = new PolicyPlans([], '');
    const policy: { name: string; limit: number; window: '1s' } = { ...A };
    const before = plans.of(policy);
    policy.limit = 5;
    expect(plans.of(policy)[0].limit).toBe(5);
    expect(plans.of([policy, B])[0].limit).toBe(5);
    policy.limit = 1;
    expect(plans.of(policy)).toBe(before);
  });

  test('follow the changes of a list and of its policies', () => {
    const plans = new PolicyPlans([A], '');
    const policy = { ...B, limit: 2 as number };
    const list: (string | RateLimitPolicy)[] = ['a', policy];
    const before = plans.of(list);
    expect(plans.of(list)).toBe(before);
    policy.limit = 7;
    expect(plans.of(list).map(({ limit }) => limit)).toEqual([1, 7]);
    list.pop();
    expect(plans.of(list)).toBe(plans.of('a'));
    list.push({ ...B });
    expect(plans.of(list)).toBe(before);
  });

  test.each(POLICY_OPTIONS)('detect a change of %s', (option) => {
    const plans = new PolicyPlans([], '');
    const policy: Record<string, unknown> = { ...FULL };
    const before = plans.of(policy as unknown as RateLimitPolicy);
    policy[option] = CHANGED[option];
    // A value that conflicts with the other options is refused, which also proves that the change was detected.
    const outcome = outcomeOf(() => plans.of(policy as unknown as RateLimitPolicy));
    expect(outcome === 'OPTION_INVALID' || outcome !== before).toBe(true);
  });

  test('are refused when a policy object has become invalid', () => {
    const plans = new PolicyPlans([], '');
    const policy = { ...A, limit: 1 as number };
    plans.of(policy);
    policy.limit = -1;
    expect(failureNow(() => plans.of(policy)).context.path).toBe('policy.limit');
  });

  test('hold at most 32 policies', () => {
    const plans = new PolicyPlans([], '');
    const many = (count: number): RateLimitPolicy[] =>
      Array.from({ length: count }, (_, i) => ({ ...A, name: `n${i}` }));
    expect(plans.of(many(32))).toHaveLength(32);
    expect(failureNow(() => plans.of(many(33))).context.path).toBe('policies');
  });

  test.each<[unknown, string]>([
    [[], 'policies'],
    [[A, B, { ...A, limit: 9 }], 'policies'],
    ['unknown', 'policy'],
    [['a', 'unknown'], 'policies[1]'],
    [[A, { ...B, limit: 0 }], 'policies[1].limit'],
    [{ ...A, window: 0 }, 'policy.window'],
    [undefined, 'policy'],
    [null, 'policy'],
    [5, 'policy'],
    [[null], 'policies[0]'],
  ])('are refused with the path of the invalid value: %j', (policies, path) => {
    const error = failureNow(() => new PolicyPlans([A], '').of(policies as Policies));
    expect([error.code, error.context.path]).toEqual(['OPTION_INVALID', path]);
  });

  test('are refused for an unknown name with the names that exist', () => {
    expect(failureNow(() => new PolicyPlans([A, B], '').of('c')).message).toContain('known are a, b');
    expect(failureNow(() => new PolicyPlans([], '').of('c')).message).toContain('define no policies');
  });
});
