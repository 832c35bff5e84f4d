import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import { Pacer } from './pacer.js';

function pacer(time = new VirtualTime()): Pacer {
  return new Pacer({ clock: time.clock, timers: time.timers, random: () => 0 });
}

describe('the pacer of a cleanup', () => {
  test('uses a quarter of the time', () => {
    const each = pacer();
    for (let i = 0; i < 5; i++) expect(each.pauseAfter(2)).toBe(6);
  });

  test('pauses longer while steps are slower than usual, and returns to the quarter', () => {
    const each = pacer();
    for (let i = 0; i < 20; i++) each.pauseAfter(2);
    const slow = [1, 2, 3].map(() => each.pauseAfter(10) / 10);
    expect(slow).toEqual([6, 12, 24]);
    for (let i = 0; i < 10; i++) each.pauseAfter(2);
    expect(each.pauseAfter(2)).toBe(6);
    expect(each.pauseAfter(10_000)).toBe(1000);
  });

  test('ends a pause when the signal is aborted, without a timer that is left', async () => {
    const time = new VirtualTime();
    const controller = new AbortController();
    const pause = pacer(time).pause(1000, controller.signal);
    controller.abort();
    await pause;
    await pacer(time).pause(1000, controller.signal);
    expect(time.running).toBe(0);
  });
});
