import { describe, expect, test } from 'vitest';
import type { PolicyDecision } from '../policy/rate-limit-decision.js';
import { deciding } from './decisions.js';

function decision(policy: string, more: Partial<PolicyDecision>): PolicyDecision {
  const numbers = { limit: 10, burst: 10, windowMs: 1000, remaining: 5, resetMs: 100, retryAfterMs: undefined };
  return { policy, allowed: true, shadow: false, ...numbers, ...more };
}

const refused = (policy: string, retryAfterMs: number | undefined): PolicyDecision =>
  decision(policy, { allowed: false, remaining: 0, retryAfterMs });

describe('the deciding policy', () => {
  test('of a refusal is the refusing one with the longest wait, however few tokens another one has', () => {
    const others = [decision('fewest', { remaining: -3 }), refused('short', 10)];
    expect(deciding([...others, refused('long', 20)], false).policy).toBe('long');
    expect(deciding([...others, refused('never', undefined), refused('long', 20)], false).policy).toBe('never');
  });

  test('of an admission is the one with the fewest tokens left, and the first of equals', () => {
    const decisions = [4, 2, 2].map((remaining, i) => decision(`policy ${i}`, { remaining }));
    expect(deciding(decisions, true).policy).toBe('policy 1');
  });

  test('is a shadow policy only if all are', () => {
    const shadow = decision('shadow', { shadow: true, remaining: 0 });
    expect(deciding([shadow, decision('enforced', {})], true).policy).toBe('enforced');
    expect(deciding([shadow], true).policy).toBe('shadow');
  });
});
