import { describe, expect, test, vi } from 'vitest';
import { entriesOf } from '../../../test/support/cache.js';
import { virtualFleet, type VirtualFleet } from '../../../test/support/virtual-cache.js';
import type { CacheService } from './cache.service.js';

/** The process of the first cache ends before it has removed the keys of its flush. */
async function interruptedFlush(fleet: VirtualFleet, flushed: CacheService): Promise<void> {
  vi.spyOn(entriesOf(fleet.store), 'sweep').mockReturnValueOnce(new Promise(() => {}));
  await flushed.flush({ wait: false });
}

describe('a flush whose process ended before it had removed the keys', () => {
  test('is finished by another process that reads, and plain values are readable again', async () => {
    const fleet = virtualFleet();
    const { time, store, caches } = fleet;
    const [first, second] = caches;
    await first.set('old', 1);
    await interruptedFlush(fleet, first);
    await second.set('new', 2);
    expect(await second.get('new')).toBeUndefined();
    await time.advance(60_000);
    expect(await store.has('cache:old')).toBe(false);
    await second.set('new', 2);
    expect(await second.get('new')).toBe(2);
    expect(time.running).toBe(0);
  });

  test('is finished for a namespace whose own flush is older than that of the namespace around it', async () => {
    const fleet = virtualFleet();
    const { time, caches } = fleet;
    const [first, second] = caches;
    await interruptedFlush(fleet, first.namespace('users'));
    await interruptedFlush(fleet, first);
    const users = second.namespace('users');
    expect(await users.get('k')).toBeUndefined();
    await time.advance(60_000);
    await users.set('k', 1);
    expect(await users.get('k')).toBe(1);
  });

  test('is not finished after the cache was disconnected', async () => {
    const fleet = virtualFleet();
    const { time, caches } = fleet;
    const [first, second] = caches;
    await interruptedFlush(fleet, first);
    await second.get('k');
    await second.disconnect();
    expect(time.running).toBe(0);
  });
});
