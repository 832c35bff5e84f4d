import type { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, down, isDown, recovered, statusOf } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

const KEYS = ['copied', 'deleted here', 'deleted elsewhere', 'overwritten here', 'overwritten elsewhere'];

let server: RedisServer;
let proxy: FaultProxy;
/** Reaches Redis through the proxy. */
let isolated: CacheService;
let others: readonly CacheService[];

beforeEach(async () => {
  server = await started.server();
  proxy = await started.proxy(server);
  isolated = await connectedCache(started, proxy.url, { fallback: { maxStale: '1h' }, resilience: {} });
  others = await Promise.all(Array.from({ length: 3 }, () => connectedCache(started, server.url)));
  for (const key of KEYS) await isolated.getOrSet(key, () => 'old', { ttl: '1h' });
  await Promise.all([isolated, ...others].map((cache) => cache.getMany(KEYS)));
});

const FAULTS: [string, () => void][] = [
  ['is refused', () => (proxy.refuse(), proxy.cut())],
  ['is silent', () => proxy.blackHole()],
];

describe.each(FAULTS)('one process of four whose network %s', (_, fault) => {
  test('answers from its copies, the others work, and after that nothing stale is left anywhere', async () => {
    fault();
    const [first, second] = others as [CacheService, CacheService];
    expect(await isolated.invalidate('deleted here')).toEqual({ status: 'journaled' });
    await down(isolated);
    await isolated.set('overwritten here', 'new', '1h');
    expect(await first.delete('deleted elsewhere')).toBe(true);
    await second.set('overwritten elsewhere', 'new', '1h');
    expect(await isolated.getMany(KEYS)).toEqual(['old', undefined, 'old', 'new', 'old']);
    expect(others.some(isDown)).toBe(false);
    for (const cache of others) {
      expect(await cache.getMany(['copied', 'deleted elsewhere', 'overwritten elsewhere'])).toEqual([
        'old',
        undefined,
        'new',
      ]);
    }
    expect(statusOf(isolated).journal).toBe(2);
    await proxy.heal();
    await recovered(isolated);
    const expected = ['old', undefined, undefined, undefined, 'new'];
    for (const cache of [isolated, ...others]) expect(await cache.getMany(KEYS)).toEqual(expected);
  });
});
