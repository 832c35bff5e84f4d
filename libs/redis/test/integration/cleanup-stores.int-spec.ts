import { RedisCluster } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { CacheService, CleanupService, MemoryAdapter, type CacheStore } from '../../src/index.js';
import { shardsOf, startServers } from '../support/sharded.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const OPTIONS = { keyPrefix: 'app:', ...LONG_DEADLINE };
const KEYS = 400;

interface Deployment {
  readonly name: string;
  open(): Promise<CacheStore>;
}

const DEPLOYMENTS: readonly Deployment[] = [
  { name: 'the embedded store', open: async () => new MemoryAdapter({ keyPrefix: 'app:' }) },
  {
    name: 'the embedded store with encoded values',
    open: async () => new MemoryAdapter({ keyPrefix: 'app:', store: 'encoded' }),
  },
  { name: 'one server', open: async () => started.adapter((await started.server()).url, OPTIONS) },
  {
    name: 'a Cluster',
    async open() {
      const cluster = await RedisCluster.start();
      started.undo(() => cluster.stop());
      return started.adapter({ url: cluster.url, mode: 'cluster' }, OPTIONS);
    },
  },
  {
    name: 'shards',
    async open() {
      const servers = await startServers(started, 3);
      return shardsOf(
        started,
        servers.map(({ url }) => url),
        OPTIONS,
      );
    },
  },
];

describe('a cleanup', () => {
  test.each(DEPLOYMENTS)('on $name covers every node, and continues where its budget ended', async ({ open }) => {
    const store = await open();
    const cache = new CacheService(store, { fallback: false });
    const set = (key: string, tag: string) => cache.set(key, key, { ttl: '1h', tags: [tag] });
    await Promise.all(Array.from({ length: KEYS }, (_, i) => set(`key:${i}`, i % 2 === 0 ? 'even' : 'odd')));
    await store.set('forever', 1);
    await cache.invalidateTags(['odd']);
    const cleanup = new CleanupService(store, { dryRun: false, noTtl: 'expire', maxKeys: 100 });
    let removed = 0;
    let scanned = 0;
    let expiring = 0;
    const outcomes: string[] = [];
    do {
      const report = await cleanup.run();
      expect(report.resumed).toBe(outcomes.length > 0);
      removed += report.removed.tag ?? 0;
      scanned += report.scanned;
      ({ expiring } = { expiring: expiring + report.expiring });
      outcomes.push(report.outcome);
    } while (outcomes.at(-1) === 'partial');
    expect(outcomes.at(-1)).toBe('ok');
    expect(outcomes.length).toBeGreaterThan(1);
    expect({ removed, expiring }).toEqual({ removed: KEYS / 2, expiring: 1 });
    // A run that began again would look at all keys twice.
    expect(scanned).toBeLessThan(2 * KEYS);
    expect(await store.ttl('forever')).toBeGreaterThan(3600);
    const values = await cache.getMany(Array.from({ length: KEYS }, (_, i) => `key:${i}`));
    expect(values.filter((value) => value !== undefined)).toHaveLength(KEYS / 2);
    expect((await new CleanupService(store).run()).found).toEqual({});
  });
});
