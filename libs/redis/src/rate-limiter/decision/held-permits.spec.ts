import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { compilePolicy } from '../policy/compiled-policy.js';
import { HeldPermits, type HeldPermit } from './held-permits.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function permit(window: '3s' | '9s' | '3650d', isHeld = true): HeldPermit & { renewals: number } {
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

test('held permits are renewed three times per window until they are released', async () => {
  const permits = new HeldPermits();
  const [short, long] = [permit('3s'), permit('9s')];
  permits.add(short);
  permits.add(long);
  await vi.advanceTimersByTimeAsync(9000);
  expect([short.renewals, long.renewals]).toEqual([9, 3]);
  permits.remove(short);
  permits.remove(short);
  await vi.advanceTimersByTimeAsync(9000);
  expect([short.renewals, long.renewals]).toEqual([9, 6]);
});

test('a lost permit is not renewed again', async () => {
  const permits = new HeldPermits();
  const lost = permit('3s', false);
  permits.add(lost);
  await vi.advanceTimersByTimeAsync(9000);
  expect(lost.renewals).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('close stops all renewals and leaves no timer', async () => {
  const permits = new HeldPermits();
  const held = permit('3s');
  permits.add(held);
  permits.close();
  await vi.advanceTimersByTimeAsync(9000);
  expect(held.renewals).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a permit with a window of years is not renewed every moment', async () => {
  const permits = new HeldPermits();
  const held = permit('3650d');
  permits.add(held);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(held.renewals).toBe(0);
});
