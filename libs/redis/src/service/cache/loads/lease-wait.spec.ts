import { beforeEach, describe, expect, test, vi } from 'vitest';
import { settled, VirtualTime } from '../../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import type { EntryStore } from '../../../domain/entry-store.js';
import { LeaseWait } from './lease-wait.js';
import { LoadRegistry } from './load-registry.js';

const LEASE = { token: 'other', ttlMs: 60_000, clock: 1, minClock: 0 };

let time: VirtualTime;
let entries: EntryStore;
let loads: LoadRegistry;
let wait: LeaseWait;

beforeEach(() => {
  time = new VirtualTime();
  const { entries: found } = new MemoryAdapter({}, time.clock).can;
  if (found === undefined) throw new TypeError('the store has no entries');
  entries = found;
  loads = new LoadRegistry();
  wait = new LeaseWait({ entries, at: 'k', timers: time.timers, loads });
});

/** Waits once more, and returns whether the wait has ended. */
function begin(maxMs: number, signal?: AbortSignal): { readonly isOver: () => boolean; readonly ended: Promise<void> } {
  let isOver = false;
  const ended = wait.next(maxMs, signal).finally(() => (isOver = true));
  ended.catch(() => {});
  return { isOver: () => isOver, ended };
}

describe('LeaseWait', () => {
  test('ends the first wait when events are received, and a later one at an event or after its limit', async () => {
    await entries.acquire('k', LEASE);
    await begin(1000).ended;
    const second = begin(1000);
    await time.advance(999);
    expect(second.isOver()).toBe(false);
    await entries.release('k', LEASE.token);
    await settled();
    expect(second.isOver()).toBe(true);
    const third = begin(1000);
    await time.advance(1000);
    expect(third.isOver()).toBe(true);
    wait.end();
    expect(time.running).toBe(0);
  });

  test('does not miss an event between two waits', async () => {
    await entries.acquire('k', LEASE);
    await begin(1000).ended;
    await entries.release('k', LEASE.token);
    await begin(1000).ended;
    expect(time.running).toBe(0);
  });

  test('looks at the lease more and more seldom if the store delivers no events', async () => {
    vi.spyOn(entries, 'watch').mockRejectedValue(new Error('NOPERM'));
    await begin(60_000).ended;
    const waitedMs: number[] = [];
    for (let i = 0; i < 6; i++) {
      const next = begin(60_000);
      let ms = 0;
      for (; !next.isOver(); ms++) await time.advance(1);
      waitedMs.push(ms);
    }
    expect(waitedMs).toEqual([10, 20, 40, 80, 100, 100]);
  });

  test('rejects when the signal or the cache is aborted, without a timer left', async () => {
    await entries.acquire('k', LEASE);
    await begin(1000).ended;
    const controller = new AbortController();
    const left = begin(1000, controller.signal);
    controller.abort(new Error('gone'));
    await expect(left.ended).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(begin(1000, controller.signal).ended).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const closed = begin(1000);
    await loads.abort(new Error('closed'));
    await expect(closed.ended).rejects.toThrow('closed');
    expect(time.running).toBe(0);
  });

  test('stops watching when it is over, also if the subscription is confirmed after that', async () => {
    const unwatch = vi.fn();
    vi.spyOn(entries, 'watch').mockResolvedValue(unwatch);
    const first = begin(1000);
    wait.end();
    await first.ended;
    expect(unwatch).toHaveBeenCalledTimes(1);
  });
});
