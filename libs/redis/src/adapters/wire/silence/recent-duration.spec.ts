import { describe, expect, test } from 'vitest';
import { RecentDuration } from './recent-duration.js';

describe('RecentDuration', () => {
  test('is zero before anything was added', () => {
    expect(new RecentDuration(100).at(5)).toBe(0);
  });

  test('is the sum of the added durations, at most the window', () => {
    const recent = new RecentDuration(100);
    recent.add(30, 1000);
    recent.add(20, 1020);
    expect(recent.at(1020)).toBe(50);
    recent.add(1000, 1050);
    expect(recent.at(1050)).toBe(100);
  });

  test('decays while nothing is added, and is zero after two windows', () => {
    const recent = new RecentDuration(100);
    recent.add(80, 1000);
    expect(recent.at(1099)).toBe(80);
    expect(recent.at(1150)).toBe(40);
    expect(recent.at(1200)).toBe(0);
    recent.add(10, 5000);
    expect(recent.at(5000)).toBe(10);
  });
});
