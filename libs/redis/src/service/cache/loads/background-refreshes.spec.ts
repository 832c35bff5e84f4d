import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { settled } from '../../../../test/support/virtual-time.js';
import { BackgroundRefreshes } from './background-refreshes.js';

describe('BackgroundRefreshes', () => {
  test('runs a limited number at a time, and the others in their order when one ends, also by a failure', async () => {
    const refreshes = new BackgroundRefreshes(2);
    const ends = ['a', 'b', 'c', 'd'].map((at) => ({ at, end: deferred<void>() }));
    const started: string[] = [];
    for (const { at, end } of ends) refreshes.start(at, () => (started.push(at), end.promise));
    expect(started).toEqual(['a', 'b']);
    ends[1]?.end.fail(new Error('the load failed'));
    await settled();
    expect(started).toEqual(['a', 'b', 'c']);
    for (const { end } of ends) end.give(undefined);
    await settled();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a key has at most one refresh that runs or waits, and may have another one after it', async () => {
    const refreshes = new BackgroundRefreshes(1);
    const end = deferred<void>();
    const [first, second] = [vi.fn(() => end.promise), vi.fn(async () => {})];
    for (const at of ['a', 'b', 'a', 'b']) refreshes.start(at, at === 'a' ? first : second);
    end.give(undefined);
    await settled();
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
    refreshes.start('a', first);
    expect(first).toHaveBeenCalledTimes(2);
  });

  test('drain drops what waits and resolves when nothing runs', async () => {
    const refreshes = new BackgroundRefreshes(1);
    const end = deferred<void>();
    const waiting = vi.fn(async () => {});
    refreshes.start('a', () => end.promise);
    refreshes.start('b', waiting);
    const drained = vi.fn();
    const draining = refreshes.drain().then(drained);
    await settled();
    expect(drained).not.toHaveBeenCalled();
    end.give(undefined);
    await draining;
    await settled();
    expect(waiting).not.toHaveBeenCalled();
  });

  test('runs outside the async context of the call that starts it, also after it waited', async () => {
    const refreshes = new BackgroundRefreshes(1);
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const run = async (): Promise<void> => void seen.push(request.getStore());
    request.run('a request', () => ['a', 'b'].forEach((at) => refreshes.start(at, run)));
    await settled();
    expect(seen).toEqual([undefined, undefined]);
  });
});
