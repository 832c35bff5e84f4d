import { describe, expect, test } from 'vitest';
import { ServerClock } from './server-clock.js';

describe('the clock of the server', () => {
  test('is not known before a reply', () => {
    const clock = new ServerClock();
    expect(clock.earliestUs(5)).toBeUndefined();
    clock.learn(1_000_000, 0, 1);
    clock.forget();
    expect(clock.earliestUs(5)).toBeUndefined();
  });

  test('is surely past what it would be if it had been read as the reply came', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 10, 14);
    expect(clock.earliestUs(14)).toBe(1_000_000);
    expect(clock.earliestUs(15.5)).toBe(1_001_500);
  });

  test('is known better by a reply that came quicker, and no worse by one that came slower', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 0, 8);
    expect(clock.earliestUs(100)).toBe(1_092_000);
    clock.learn(1_010_000, 10, 11);
    expect(clock.earliestUs(100)).toBe(1_099_000);
    clock.learn(1_020_000, 20, 60);
    expect(clock.earliestUs(100)).toBe(1_099_000);
  });

  test('is known better by replies that bound it from both sides', () => {
    const clock = new ServerClock();
    clock.learn(1_004_000, 0, 10);
    expect(clock.earliestUs(0)).toBe(994_000);
    clock.learn(1_029_000, 20, 30);
    expect(clock.earliestUs(0)).toBe(999_000);
  });

  test.each([
    ['back', -60_000_000],
    ['on', 60_000_000],
  ])('that was set %s is believed as it is now', (_, stepUs) => {
    const clock = new ServerClock();
    clock.learn(1_000_000_000, 0, 2);
    clock.learn(1_000_000_000 + stepUs, 0, 4);
    expect(clock.earliestUs(4)).toBe(1_000_000_000 + stepUs);
  });

  test('is whole microseconds', () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 0.1234567, 1.7654321);
    expect(Number.isInteger(clock.earliestUs(2.3456789))).toBe(true);
  });
});
