import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../test/support/cache.js';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';
import type { EntryStore } from '../../domain/entry-store.js';
import type { CacheService } from './cache.service.js';

function entriesOf({ store }: CacheService): EntryStore {
  const entries = store.can?.entries;
  if (entries === undefined) throw new TypeError('the store has no entries');
  return entries;
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
