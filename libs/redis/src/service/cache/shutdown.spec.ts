import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet, type VirtualFleet } from '../../../test/support/virtual-cache.js';
import type { EntryStore } from '../../domain/entry-store.js';
import type { CacheService } from './cache.service.js';

function entriesOf({ store }: CacheService): EntryStore {
  const entries = store.can?.entries;
  if (entries === undefined) throw new TypeError('the store has no entries');
  return entries;
}

/** The store executes its next call of this method at once, and its reply arrives when the returned function is called. */
function delayReply(entries: EntryStore, method: 'read' | 'acquire'): () => void {
  const arrival = deferred<void>();
  const late = async <T>(reply: T): Promise<T> => {
    await arrival.promise;
    return reply;
  };
  if (method === 'read') {
    const read = entries.read.bind(entries);
    vi.spyOn(entries, 'read').mockImplementationOnce(async (...args) => late(await read(...args)));
  } else {
    const acquire = entries.acquire.bind(entries);
    vi.spyOn(entries, 'acquire').mockImplementationOnce(async (...args) => late(await acquire(...args)));
  }
  return () => arrival.give(undefined);
}

/** The store disconnects when the returned function is called. Until then it answers, as Redis does before its QUIT. */
function delayDisconnect({ store }: VirtualFleet): () => void {
  const allowed = deferred<void>();
  const disconnect = store.disconnect.bind(store);
  vi.spyOn(store, 'disconnect').mockImplementationOnce(async () => allowed.promise.then(disconnect));
  return () => allowed.give(undefined);
}

describe('disconnect', () => {
  const unhandled = vi.fn();
  beforeEach(() => void process.on('unhandledRejection', unhandled));
  afterEach(() => void process.off('unhandledRejection', unhandled));

  test('ends the sweep of a flush that no caller waits for, without an unhandled rejection', async () => {
    const { caches } = virtualFleet();
    const [cache] = caches;
    const sweep = deferred<void>();
    const entries = entriesOf(cache);
    const real = entries.sweep.bind(entries);
    vi.spyOn(entries, 'sweep').mockImplementation(async (...args) => sweep.promise.then(() => real(...args)));
    await cache.flush({ wait: false });
    await cache.disconnect();
    sweep.give(undefined);
    await settled();
    await settled();
    expect(cache.stats().errors).toEqual({});
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('lets no read that ends meanwhile start a refresh', async () => {
    const { time, caches } = virtualFleet({ ttl: '10s', staleWhileRevalidate: '20s' });
    const [cache] = caches;
    await cache.getOrSet('k', () => 'old');
    await time.advance(15_000);
    const [read, release] = [deferred<void>(), deferred<void>()];
    const entries = entriesOf(cache);
    const [realRead, realRelease] = [entries.read.bind(entries), entries.release.bind(entries)];
    const loading = cache.getOrSet('other', () => new Promise(() => {}));
    loading.catch(() => {});
    await settled();
    vi.spyOn(entries, 'read').mockImplementation(async (...args) => read.promise.then(() => realRead(...args)));
    vi.spyOn(entries, 'release').mockImplementation(async (...args) =>
      release.promise.then(() => realRelease(...args)),
    );
    const refresh = vi.fn(() => 'new');
    const stale = cache.getOrSet('k', refresh);
    const disconnected = cache.disconnect();
    read.give(undefined);
    expect(await stale).toBe('old');
    await settled();
    release.give(undefined);
    await disconnected;
    await expect(loading).rejects.toMatchObject({ code: 'CLOSED' });
    expect(refresh).not.toHaveBeenCalled();
  });
});

/** When a reply of an earlier call arrives. */
const MOMENTS = ['before the store has disconnected', 'after the store has disconnected'] as const;

describe.each(MOMENTS)('a reply that arrives during a disconnect, %s,', (moment) => {
  /** Begins to disconnect. The returned function ends it, and delivers a reply at the moment of this test. */
  async function beginDisconnect(fleet: VirtualFleet): Promise<(deliver: () => void) => Promise<void>> {
    const [cache] = fleet.caches;
    const allow = delayDisconnect(fleet);
    const disconnected = cache.disconnect();
    await settled();
    return async (deliver) => {
      if (moment === MOMENTS[0]) deliver();
      await settled();
      allow();
      await disconnected;
      deliver();
      await settled();
    };
  }

  test('leaves no timer for an interrupted sweep, which is finished after the next connect', async () => {
    const fleet = virtualFleet();
    const [cache, other] = fleet.caches;
    vi.spyOn(entriesOf(other), 'sweep').mockReturnValueOnce(new Promise(() => {}));
    await other.flush({ wait: false });
    const deliver = delayReply(entriesOf(cache), 'read');
    const read = cache.get('k');
    const endDisconnect = await beginDisconnect(fleet);
    await endDisconnect(deliver);
    await read;
    expect(fleet.time.running).toBe(0);
    await cache.connect();
    await cache.get('k');
    await fleet.time.advance(60_000);
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
  });

  test('leaves no near copy, and the next connect keeps copies again', async () => {
    const fleet = virtualFleet({ near: { coherence: 'ttl' } });
    const [cache] = fleet.caches;
    await cache.getOrSet('k', () => 'old');
    const endDisconnect = await beginDisconnect(fleet);
    const deliver = delayReply(entriesOf(cache), 'read');
    const read = cache.get('k');
    await settled();
    await endDisconnect(deliver);
    expect(await read).toBe('old');
    expect(cache.peek('k')).toBeUndefined();
    await cache.connect();
    await cache.get('k');
    expect(cache.peek('k')).toBe('old');
  });

  test('starts no refresh, also for a call that begins during the disconnect', async () => {
    const fleet = virtualFleet({ ttl: '10s', staleWhileRevalidate: '20s' });
    const [cache] = fleet.caches;
    await cache.getOrSet('k', () => 'old');
    await fleet.time.advance(15_000);
    const acquire = vi.spyOn(entriesOf(cache), 'acquire');
    const refresh = vi.fn(() => 'new');
    const endDisconnect = await beginDisconnect(fleet);
    const deliver = delayReply(entriesOf(cache), 'read');
    const stale = cache.getOrSet('k', refresh);
    await settled();
    await endDisconnect(deliver);
    expect(await stale).toBe('old');
    expect([acquire.mock.calls.length, refresh.mock.calls.length]).toEqual([0, 0]);
    await cache.connect();
    await cache.getOrSet('k', refresh);
    await settled();
    expect(refresh).toHaveBeenCalledTimes(1);
  });

  test('starts no load and no wait for another process', async () => {
    const fleet = virtualFleet();
    const [cache, other] = fleet.caches;
    const foreign = deferred<string>();
    const loading = other.getOrSet('held', () => foreign.promise);
    await settled();
    for (const key of ['held', 'free']) {
      const deliver = delayReply(entriesOf(cache), 'acquire');
      const watch = vi.spyOn(entriesOf(cache), 'watch');
      const loader = vi.fn(() => 'mine');
      const call = cache.getOrSet(key, loader);
      call.catch(() => {});
      await settled();
      const endDisconnect = await beginDisconnect(fleet);
      await endDisconnect(deliver);
      await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
      expect([loader.mock.calls.length, watch.mock.calls.length]).toEqual([0, 0]);
      await cache.connect();
    }
    foreign.give('theirs');
    await expect(loading).resolves.toBe('theirs');
    expect(await cache.getOrSet('held', () => 'mine')).toBe('theirs');
    expect(fleet.time.running).toBe(0);
  });
});

describe('connect after disconnect', () => {
  test('keeps near copies again, and drops them when another process changes the key', async () => {
    const { caches } = virtualFleet({ near: true });
    const [cache, other] = caches;
    await cache.set('k', 1);
    await cache.get('k');
    await cache.disconnect();
    await cache.connect();
    expect(await cache.get('k')).toBe(1);
    await settled();
    expect(cache.peek('k')).toBe(1);
    await other.set('k', 2);
    expect(cache.peek('k')).toBeUndefined();
  });
});
