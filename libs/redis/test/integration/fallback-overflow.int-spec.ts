import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectedCache, down, recordEvents, recovered, statusOf } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

const KEYS = Array.from({ length: 1500 }, (_, i) => `k${i}`);

let server: RedisServer;

beforeEach(async () => {
  server = await started.server();
});

describe('more changes during an outage than the journal holds', () => {
  test('become a flush of the namespace, so nothing stale is read', async () => {
    const fallback = { journalLimit: 1000, onServerRestart: 'trust' } as const;
    const cache = await connectedCache(started, server.url, { fallback });
    const overflows = recordEvents(cache, 'journal-overflow');
    await server.command('SET', 'elsewhere:kept', '"value"');
    await cache.setMany(KEYS.map((key) => ({ key, value: 'old', ttl: '1h' })));
    await cache.getOrSet('entry', () => 'old', { ttl: '1h' });
    await server.save();
    await server.kill();
    await down(cache);
    await cache.deleteMany(KEYS);
    expect(overflows).toEqual([{ lost: 1001 }]);
    // The flush, and the keys that were deleted after it.
    expect(statusOf(cache).journal).toBe(500);
    await server.restart();
    await recovered(cache);
    const found = await cache.getMany([...KEYS, 'entry']);
    expect(found.filter((value) => value !== undefined)).toEqual([]);
    expect(await server.command('GET', 'elsewhere:kept')).toBe('"value"');
  });
});
