import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { compilePolicy } from '../policy/compiled-policy.js';
import { HeldPermits, type HeldPermit } from './held-permits.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function place(window: '3s' | '9s' | '3650d', isHeld = true): HeldPermit & { renewals: number } {
  const policy = compilePolicy({ name: 'p', limit: 1, window, algorithm: 'concurrency' }, '');
  return {
    policy,
    renewals: 0,
    async renew() {
      this.renewals++;
      return isHeld;
    },
  };
}

test('a held place is renewed three times in each window, until it is left', async () => {
  const places = new HeldPermits();
  const [short, long] = [place('3s'), place('9s')];
  places.add(short);
  places.add(long);
  await vi.advanceTimersByTimeAsync(9000);
  expect([short.renewals, long.renewals]).toEqual([9, 3]);
  places.remove(short);
  places.remove(short);
  await vi.advanceTimersByTimeAsync(9000);
  expect([short.renewals, long.renewals]).toEqual([9, 6]);
});

test('a place that was lost is renewed no more', async () => {
  const places = new HeldPermits();
  const lost = place('3s', false);
  places.add(lost);
  await vi.advanceTimersByTimeAsync(9000);
  expect(lost.renewals).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('nothing is renewed once it is closed, and nothing runs that nobody needs', async () => {
  const places = new HeldPermits();
  const held = place('3s');
  places.add(held);
  places.close();
  await vi.advanceTimersByTimeAsync(9000);
  expect(held.renewals).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a window of years is not renewed all the time', async () => {
  const places = new HeldPermits();
  const held = place('3650d');
  places.add(held);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(held.renewals).toBe(0);
});
