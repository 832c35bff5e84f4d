import { describe, expect, test } from 'vitest';
import { ServerClock } from './server-clock.js';

describe('the server clock estimate', () => {
  test('is undefined before the first reply and after forget', () => {
    const clock = new ServerClock();
    expect(clock.earliestUs(5)).toBeUndefined();
    clock.learn(1_000_000, 0, 1);
    clock.forget();
    expect(clock.earliestUs(5)).toBeUndefined();
  });

  test('assumes that the server read its clock when the reply arrived', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 10, 14);
    expect(clock.earliestUs(14)).toBe(1_000_000);
    expect(clock.earliestUs(15.5)).toBe(1_001_500);
  });

  test('gets tighter with a faster reply, and no looser with a slower one', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 0, 8);
    expect(clock.earliestUs(100)).toBe(1_092_000);
    clock.learn(1_010_000, 10, 11);
    expect(clock.earliestUs(100)).toBe(1_099_000);
    clock.learn(1_020_000, 20, 60);
    expect(clock.earliestUs(100)).toBe(1_099_000);
  });

  test('gets tighter with replies that bound it from both sides', () => {
    const clock = new ServerClock();
    clock.learn(1_004_000, 0, 10);
    expect(clock.earliestUs(0)).toBe(994_000);
    clock.learn(1_029_000, 20, 30);
    expect(clock.earliestUs(0)).toBe(999_000);
  });

  test.each([
    ['back', -60_000_000],
    ['forward', 60_000_000],
  ])('follows a server clock that was set %s', (_, stepUs) => {
    const clock = new ServerClock();
    clock.learn(1_000_000_000, 0, 2);
    clock.learn(1_000_000_000 + stepUs, 0, 4);
    expect(clock.earliestUs(4)).toBe(1_000_000_000 + stepUs);
  });

  test('is a whole number of microseconds', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 0.1234567, 1.7654321);
    expect(Number.isInteger(clock.earliestUs(2.3456789))).toBe(true);
  });
});
