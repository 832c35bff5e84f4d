import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectedCache, down, recordEvents, recovered, statusOf } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

/** The default of `journalLimit`. */
const LIMIT = 100_000;
const KEYS = Array.from({ length: 1.5 * LIMIT }, (_, i) => `k${i}`);
const PER_CALL = 10_000;

let server: RedisServer;

beforeEach(async () => {
  server = await started.server();
});

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / PER_CALL) }, (_, i) =>
    items.slice(i * PER_CALL, (i + 1) * PER_CALL),
  );
}

describe('more changes during an outage than the journal holds', () => {
  test('become a flush of the namespace, so nothing stale is read', async () => {
    const cache = await connectedCache(started, server.url, { fallback: { onServerRestart: 'trust' } });
    const overflows = recordEvents(cache, 'journal-overflow');
    await server.command('SET', 'elsewhere:kept', '"value"');
    // As the cache stores plain values, in less time.
    for (const keys of chunksOf(KEYS))
      await server.command('MSET', ...keys.flatMap((key) => [`cache:${key}`, '"old"']));
    await cache.getOrSet('entry', () => 'old', { ttl: '1h' });
    expect(await cache.getMany(['k0', 'entry'])).toEqual(['old', 'old']);
    await server.save();
    await server.kill();
    await down(cache);
    await cache.deleteMany(KEYS);
    expect(overflows).toEqual([{ lost: LIMIT + 1 }]);
    // The flush, and the keys that were deleted after it.
    expect(statusOf(cache).journal).toBe(KEYS.length - LIMIT);
    await server.restart();
    await recovered(cache);
    for (const keys of chunksOf([...KEYS, 'entry'])) {
      const found = await cache.getMany(keys);
      expect(found.filter((value) => value !== undefined)).toEqual([]);
    }
    expect(await server.command('GET', 'elsewhere:kept')).toBe('"value"');
  });
});
