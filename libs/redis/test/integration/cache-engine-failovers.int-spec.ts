import { RedisCluster, RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { CacheService, type RedisAdapter } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { recovered } from '../support/fallback.js';
import { inService, resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();
const TIMEOUT_MS = 60_000;
const KEYS = Array.from({ length: 24 }, (_, i) => `k${i}`);
const CHANGED = KEYS.slice(0, 8);
const CALLERS = 5;

interface Group {
  readonly url: string;
  /** Replaces the master that has the key `k0`. @returns the new one */
  failover(): Promise<RedisServer>;
}

const GROUPS: [string, () => Promise<Group>][] = [
  [
    'a requested failover of Sentinels',
    async () => {
      const group = await RedisSentinels.start();
      started.undo(() => group.stop());
      return { url: group.url, failover: () => group.failover() };
    },
  ],
  [
    'the kill of a master behind Sentinels',
    async () => {
      const group = await RedisSentinels.start();
      started.undo(() => group.stop());
      return { url: group.url, failover: async () => group.nextMaster(await group.killMaster()) };
    },
  ],
  [
    'a requested failover in a cluster',
    async () => {
      const cluster = await RedisCluster.start();
      started.undo(() => cluster.stop());
      return { url: cluster.url, failover: () => cluster.failover('cache:k0') };
    },
  ],
  [
    'the kill of a master of a cluster',
    async () => {
      const cluster = await RedisCluster.start();
      started.undo(() => cluster.stop());
      const failover = async () => cluster.nextMaster('cache:k0', await cluster.killMaster('cache:k0'));
      return { url: cluster.url, failover };
    },
  ],
];

function adapterOf(url: string): RedisAdapter {
  return started.adapter(url, { resilience: { deadline: '2s' } });
}

/** Waits until a cache reaches the new master. Its connection to the old one may last longer than the failover. */
async function reaches(cache: CacheService, master: RedisServer): Promise<void> {
  await eventually(async () => {
    await cache.set('k0', 'of the new master');
    return (await master.command('EXISTS', 'cache:k0')) === 1;
  }, 20_000);
}

/** Waits until the server has applied a change of each key. */
async function invalidated(cache: CacheService, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await eventually(async () => (await cache.invalidate(key)).status === 'applied', 20_000);
  }
}

describe.each(GROUPS)('loads during %s', (_, startGroup) => {
  test(
    'answer their callers, run once in the process, and store nothing over a change that was acknowledged after it',
    async () => {
      const group = await startGroup();
      const [adapter, otherAdapter] = [adapterOf(group.url), adapterOf(group.url)];
      const [cache, other] = [new CacheService(adapter), new CacheService(otherAdapter)];
      await Promise.all([cache.connect(), other.connect()]);
      let loads = 0;
      const { promise, give } = deferred<string>();
      const loading = KEYS.flatMap((key) =>
        Array.from({ length: CALLERS }, () => cache.getOrSet(key, () => (loads++, promise))),
      );
      await eventually(() => loads === KEYS.length);
      await reaches(other, await group.failover());
      await invalidated(other, CHANGED);
      give('old');
      expect(new Set(await Promise.all(loading))).toEqual(new Set(['old']));
      expect(loads).toBe(KEYS.length);
      await Promise.all([inService(adapter), inService(otherAdapter)]);
      // Until then a cache answers with what it loaded itself.
      await recovered(cache, other);
      expect(await other.getMany(CHANGED)).toEqual(CHANGED.map(() => undefined));
      let values: unknown[] = [];
      const again = await Promise.all(
        CHANGED.flatMap((key) => [cache, other].map((each) => each.getOrSet(key, () => 'new'))),
      );
      expect(new Set(again)).toEqual(new Set(['new']));
      for (const each of [cache, other]) {
        // On a busy machine a read may exceed its deadline, which is a miss.
        await eventually(async () => (values = await each.getMany(CHANGED)).every((value) => value !== undefined));
        expect(values).toEqual(CHANGED.map(() => 'new'));
      }
    },
    TIMEOUT_MS,
  );
});
