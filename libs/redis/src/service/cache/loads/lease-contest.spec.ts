import { describe, expect, test, vi } from 'vitest';
import { deferred, entriesOf } from '../../../../test/support/cache.js';
import { settled } from '../../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../../test/support/virtual-cache.js';

/** What removes the key, as an index into the caches. */
const REMOVERS = [
  ['this process', 0],
  ['another process', 1],
] as const;

describe('a request for a lease whose reply is late', () => {
  test.each(REMOVERS)('is not shared by a call that began after %s had deleted the key', async (_, remover) => {
    const { store, caches } = virtualFleet();
    const [cache] = caches;
    const old = deferred<string>();
    const first = cache.getOrSet('k', () => old.promise);
    await settled();
    const entries = entriesOf(store);
    const acquire = entries.acquire.bind(entries);
    const reply = deferred<void>();
    // The reply says that the first load holds the lease. That is no longer so when it arrives.
    const late: typeof entries.acquire = async (key, lease) => {
      const acquired = await acquire<never>(key, lease);
      await reply.promise;
      return acquired;
    };
    vi.spyOn(entries, 'acquire').mockImplementationOnce(late);
    const second = cache.getOrSet('k', () => old.promise);
    await settled();
    await caches[remover].delete('k');
    const third = cache.getOrSet('k', () => 'new');
    await settled();
    reply.give();
    old.give('old');
    expect(await third).toBe('new');
    expect(await Promise.all([first, second])).toEqual(['old', 'old']);
    expect(await cache.get('k')).toBe('new');
  });

  test('is shared by the calls that began before it was sent', async () => {
    const { store, caches } = virtualFleet();
    const acquire = vi.spyOn(entriesOf(store), 'acquire');
    const values = await Promise.all(Array.from({ length: 5 }, () => caches[0].getOrSet('k', () => 'v')));
    expect(values).toEqual(['v', 'v', 'v', 'v', 'v']);
    expect(acquire).toHaveBeenCalledTimes(1);
  });
});
