import { describe, expect, test } from 'vitest';
import { CacheService } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const LEFT = '500ms';

describe('a value that has 500 ms left in Redis', () => {
  test.each<[string, (cache: CacheService) => Promise<void>]>([
    ['a plain value', (cache) => cache.set('k', 'v', LEFT)],
    ['an entry', (cache) => cache.set('k', 'v', { ttl: LEFT, tags: ['tag'] })],
  ])('has no near copy that outlives it, although replies are late: %s', async (_, write) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, LONG_DEADLINE);
    const reader = new CacheService(adapter, { near: { coherence: 'ttl' } });
    // Estimates the time of the server as the reader does.
    const uncopied = new CacheService(adapter);
    const writer = new CacheService(started.adapter(server.url, LONG_DEADLINE));
    await reader.get('k');
    proxy.delay(120, 'replies');
    for (let round = 0; round < 3; round++) {
      await eventually(async () => {
        await write(writer);
        await reader.get('k');
        return reader.peek('k') === 'v';
      }, 10_000);
      await eventually(async () => (await uncopied.get('k')) === undefined);
      expect(reader.peek('k')).toBeUndefined();
    }
  });
});

describe('a near cache that reads 100,000 keys', () => {
  const KEYS = 100_000;
  const STEP = 500;
  const FILL_STEP = 5000;
  const FILL = `for i = ARGV[1], ARGV[2] - 1 do redis.call('SET', 'cache:' .. i, '"' .. string.rep('v', i % 100) .. '"') end`;

  test.each<[string, { maxEntries?: number; maxBytes?: number }]>([
    ['entries', { maxEntries: 1000 }],
    ['bytes', { maxBytes: 200_000 }],
  ])('keeps its bound of %s', { timeout: 60_000 }, async (_, bounds) => {
    const server = await started.server();
    for (let from = 0; from < KEYS; from += FILL_STEP) await server.command('EVAL', FILL, 0, from, from + FILL_STEP);
    const cache = new CacheService(started.adapter(server.url, LONG_DEADLINE), { near: bounds });
    await cache.connect();
    const { maxEntries = Infinity, maxBytes = Infinity } = bounds;
    await eventually(async () => (await cache.get('1'), cache.peek('1') !== undefined));
    for (let from = 0; from < KEYS; from += STEP) {
      const values = await cache.getMany(Array.from({ length: STEP }, (__, i) => String(from + i)));
      expect(values.every((value) => typeof value === 'string')).toBe(true);
      const { entries, bytes } = cache.stats().near;
      expect([entries <= maxEntries, bytes <= maxBytes]).toEqual([true, true]);
    }
    await eventually(() => cache.stats().near.evictions > KEYS / 2);
    const { entries, bytes } = cache.stats().near;
    expect([entries > 0, entries <= maxEntries, bytes <= maxBytes]).toEqual([true, true, true]);
  });
});
