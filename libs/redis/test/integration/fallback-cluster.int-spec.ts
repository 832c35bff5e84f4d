import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/index.js';
import { connectedCache, down, recovered } from '../support/fallback.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();

const KEYS = Array.from({ length: 30 }, (_, i) => `k${i}`);

let cluster: RedisCluster;
let cache: CacheService;
let other: CacheService;
let dead: RedisServer;
/** The keys of the master that is killed, and those of the others. */
let own: string[];
let elsewhere: string[];

beforeEach(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  started.undo(() => cluster.stop());
  const options = { fallback: { onServerRestart: 'trust', maxStale: '1h' } } as const;
  cache = await connectedCache(started, cluster.url, options);
  other = await connectedCache(started, cluster.url, options);
  await cache.setMany(KEYS.map((key) => ({ key, value: 'old', ttl: '1h' })));
  [own, elsewhere] = [[], []];
  dead = await cluster.masterOf('cache:k0');
  for (const key of KEYS) ((await cluster.masterOf(`cache:${key}`)) === dead ? own : elsewhere).push(key);
  for (const node of cluster.nodes) await node.save();
});

async function killOne(): Promise<void> {
  await dead.kill();
  await down(cache);
}

async function restartIt(): Promise<void> {
  await dead.restart();
  await cluster.settled();
  await recovered(cache, other);
}

describe('a cluster one of whose masters is killed and restarted', () => {
  test('loses the keys that were deleted meanwhile, and no others', async () => {
    await killOne();
    const deleted = [...own.slice(0, 3), ...elsewhere.slice(0, 3)];
    await cache.deleteMany(deleted);
    expect(await cache.getMany(deleted)).toEqual(deleted.map(() => undefined));
    await restartIt();
    for (const each of [cache, other]) {
      const found = await each.getMany(KEYS);
      expect(KEYS.filter((_, i) => found[i] === undefined)).toEqual(KEYS.filter((key) => deleted.includes(key)));
    }
    await cache.set('k0', 'new');
    expect(await other.get('k0')).toBe('new');
  }, 60_000);
});
