import { describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import type { Load } from './load.js';
import { LoadControls } from './load-context.js';
import { LoadRegistry } from './load-registry.js';

function loadOf(at: string, token?: string): Load<unknown> {
  const controls = new LoadControls({ key: at, stale: undefined, tags: [], hasTags: true });
  const lease = token === undefined ? undefined : { token, nowMs: 0, receivedMs: 0 };
  const result = Promise.resolve({ value: at, tags: [] });
  return { at, controls, clock: 1, number: 1, startedBy: 1, lease, result, confirmedBy: 0, fenced: false };
}

describe('LoadRegistry', () => {
  test('finds a load by its key and by the token of its lease until it is removed', () => {
    const loads = new LoadRegistry();
    const load = loadOf('k', 'token');
    loads.add(load);
    expect([loads.get('k'), loads.holding('token')]).toEqual([load, load]);
    loads.remove(load);
    expect([loads.get('k'), loads.holding('token')]).toEqual([undefined, undefined]);
  });

  test('the end of an older load of a key does not hide the newer one', () => {
    const loads = new LoadRegistry();
    const [older, newer] = [loadOf('k', 'a'), loadOf('k', 'b')];
    loads.add(older);
    loads.add(newer);
    loads.remove(older);
    expect(loads.get('k')).toBe(newer);
  });

  test('a change fences the loads of its keys that run before and during it, also if it fails', async () => {
    const loads = new LoadRegistry();
    const before = loadOf('k');
    const other = loadOf('other');
    loads.add(before);
    loads.add(other);
    const change = deferred<void>();
    const changing = loads.change(['k'], () => change.promise);
    const during = loadOf('k');
    loads.add(during);
    change.fail(new Error('unavailable'));
    await expect(changing).rejects.toThrow('unavailable');
    const after = loadOf('k');
    loads.add(after);
    expect([before, during, after, other].map(({ fenced }) => fenced)).toEqual([true, true, false, false]);
    expect([loads.get('k'), loads.get('other')]).toEqual([after, other]);
  });

  test('of two changes of a key at a time, the second to end still fences loads', async () => {
    const loads = new LoadRegistry();
    const [first, second] = [deferred<void>(), deferred<void>()];
    const changes = [loads.change(['k'], () => first.promise), loads.change(['k', 'k'], () => second.promise)];
    first.give(undefined);
    await changes[0];
    const during = loadOf('k');
    loads.add(during);
    second.give(undefined);
    await changes[1];
    const after = loadOf('k');
    loads.add(after);
    expect([during.fenced, after.fenced]).toEqual([true, false]);
  });

  test('a flush fences the loads of keys with its prefix only', async () => {
    const loads = new LoadRegistry();
    const flush = deferred<void>();
    const flushing = loads.changePrefix('cache:users::', () => flush.promise);
    const [inside, outside] = [loadOf('cache:users::1'), loadOf('cache:1')];
    loads.add(inside);
    loads.add(outside);
    flush.give(undefined);
    await flushing;
    expect([inside.fenced, outside.fenced]).toEqual([true, false]);
    expect([loads.get(inside.at), loads.get(outside.at)]).toEqual([undefined, outside]);
  });

  test('abort aborts and fences every load, also one that callers may not join, and calls the listeners', async () => {
    const loads = new LoadRegistry();
    const [hidden, current] = [loadOf('k', 'a'), loadOf('k', 'b')];
    loads.add(hidden);
    loads.add(current);
    const [listener, removed] = [vi.fn(), vi.fn()];
    loads.onAbort(listener);
    loads.onAbort(removed)();
    const reason = new Error('closed');
    await loads.abort(reason);
    expect([hidden, current].map(({ fenced, controls }) => [fenced, controls.signal.reason])).toEqual([
      [true, reason],
      [true, reason],
    ]);
    expect([listener.mock.calls, removed.mock.calls, loads.get('k'), loads.epoch]).toEqual([
      [[reason]],
      [],
      undefined,
      1,
    ]);
  });

  test('numbers requests and calls in the order in which they begin', () => {
    const loads = new LoadRegistry();
    expect([loads.nextRequest(), loads.nextRequest()]).toEqual([1, 2]);
  });
});
