import { expect, test } from 'vitest';
import { settled } from '../../../test/support/virtual-time.js';
import { virtualFleet } from '../../../test/support/virtual-cache.js';

test('writes of one key that are not awaited are applied in the order of the calls, entries and plain values', async () => {
  const { caches } = virtualFleet();
  const [cache] = caches;
  const writes = [
    cache.set('k', 1, { tags: ['t'] }),
    cache.set('k', 2, { tags: ['t'] }),
    cache.set('k', 3),
    cache.set('other', 1, { tags: ['t'] }),
    cache.setMany([{ key: 'other', value: 2, tags: ['t'] }]),
    cache.delete('other'),
  ];
  const read = cache.get('k');
  await Promise.all(writes);
  await settled();
  expect([await read, await cache.get('k'), await cache.get('other')]).toEqual([3, 3, undefined]);
});
