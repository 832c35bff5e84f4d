import { describe, expect, it } from 'vitest';
import { reconnectDelayMs, reconnectOnReadonly } from './reconnect.strategy.js';

describe('the delay before reconnecting', () => {
  it('starts short and doubles its bound up to one second', () => {
    const longest = (attempt: number): number => reconnectDelayMs(attempt, () => 1);
    expect([1, 2, 3, 4, 5, 6, 10_000].map(longest)).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  });

  it('is never shorter than 50 ms', () => {
    expect([1, 5, 10_000].map((attempt) => reconnectDelayMs(attempt, () => 0))).toEqual([50, 50, 50]);
  });

  it('differs from client to client', () => {
    expect(new Set(Array.from({ length: 50 }, () => reconnectDelayMs(10))).size).toBeGreaterThan(1);
  });
});

describe('reconnecting on READONLY', () => {
  const readonly = new Error("READONLY You can't write against a read only replica.");

  it('happens at most once a second and never resends', () => {
    let nowMs = 5000;
    const strategy = reconnectOnReadonly({ monotonicMs: () => nowMs, wallMs: () => 0 });
    const answers = [0, 1, 998, 1, 999, 1].map((later) => {
      nowMs += later;
      return strategy(readonly);
    });
    expect(answers).toEqual([1, false, false, 1, false, 1]);
  });

  it('does not happen for other errors', () => {
    const strategy = reconnectOnReadonly();
    expect(strategy(new Error('WRONGTYPE Operation against a key'))).toBe(false);
    expect(strategy(new Error('ERR value is not READONLY'))).toBe(false);
  });
});
