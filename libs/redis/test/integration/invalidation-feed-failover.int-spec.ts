import { RedisCluster, RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { slotOf } from '../../src/domain/placement/slots.js';
import type { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { FeedRecorder } from '../support/feed-recorder.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const started = resourcesPerTest();
failOnUnhandledRejections();
const TIMEOUT_MS = 60_000;
const SETTLED_MS = 20_000;

let adapter: RedisAdapter;
let feed: FeedRecorder;

async function subscribeTo(url: string): Promise<void> {
  adapter = started.adapter(url);
  feed = new FeedRecorder(adapter);
  await adapter.connect();
  await feed.ready(SETTLED_MS);
}

/** Waits until a change on this server is reported. Before that, the feed is not confirmed up to the change. */
async function follows(server: RedisServer, key: string): Promise<void> {
  feed.reports.length = 0;
  await server.command('SET', key, '1');
  await feed.changeReported(key, SETTLED_MS);
  await feed.caughtUp(SETTLED_MS);
}

describe('an invalidation feed through Sentinels', () => {
  let group: RedisSentinels;
  beforeEach(async () => {
    group = await RedisSentinels.start();
    started.undo(() => group.stop());
    await subscribeTo(group.url);
  });

  test.each<[string, () => Promise<RedisServer>]>([
    ['a requested failover', () => group.failover()],
    ['the kill of the master', async () => group.nextMaster(await group.killMaster())],
    ['a frozen master', async () => group.nextMaster(await group.freezeMaster())],
  ])(
    'follows the master after %s',
    async (_, failover) => {
      await follows(await group.master(), 'cache:before');
      feed.reports.length = 0;
      const master = await failover();
      await feed.reported(null, SETTLED_MS);
      await follows(master, 'cache:after');
      await adapter.set('cache:own', 1);
      await feed.reported('cache:own');
    },
    TIMEOUT_MS,
  );
});

describe('an invalidation feed of a cluster', () => {
  let cluster: RedisCluster;
  beforeEach(async () => {
    cluster = await RedisCluster.start();
    started.undo(() => cluster.stop());
    await subscribeTo(cluster.url);
  });

  /** A key of each of the masters. */
  async function keys(): Promise<Map<RedisServer, string>> {
    const found = new Map<RedisServer, string>();
    const masters = await cluster.masters();
    for (let i = 0; found.size < masters.length; i++) found.set(await cluster.masterOf(`cache:${i}`), `cache:${i}`);
    return found;
  }

  async function followsAll(): Promise<void> {
    for (const [master, key] of await keys()) await follows(master, key);
  }

  test('reports the changes on every master', async () => {
    for (const [master, key] of await keys()) {
      await master.command('SET', key, '1');
      await feed.reported(key);
    }
  });

  test('is confirmed only up to the time of the master that is last', async () => {
    const [first] = await cluster.masters();
    await feed.caughtUp();
    first?.freeze();
    const frozenMs = performance.now();
    started.undo(() => first?.thaw());
    await eventually(() => feed.ageMs > 1500, SETTLED_MS);
    expect(feed.confirmedMs).toBeLessThan(frozenMs);
  });

  test.each<[string, (key: string) => Promise<unknown>]>([
    ['a planned failover', (key) => cluster.failover(key)],
    ['the kill of a master', async (key) => cluster.nextMaster(key, await cluster.killMaster(key))],
  ])(
    'follows the new master after %s',
    async (_, failover) => {
      await failover('cache:k');
      await feed.reported(null, SETTLED_MS);
      await feed.caughtUp(SETTLED_MS);
      await followsAll();
    },
    TIMEOUT_MS,
  );

  test(
    'reports any key when slots move, and follows them to the other master',
    async () => {
      const [from, to] = await cluster.masters();
      const key = [...(await keys())].find(([master]) => master === from)?.[1] ?? '';
      await adapter.set(key, 1);
      await feed.caughtUp();
      feed.reports.length = 0;
      const migration = await cluster.migrateSlot(slotOf(key), to!);
      await migration.moveKeys();
      await feed.reported(key);
      await migration.finish();
      // A call is redirected, and the client reads the slots again.
      expect(await adapter.get(key)).toBe(1);
      await feed.reported(null);
      await follows(to!, key);
    },
    TIMEOUT_MS,
  );

  test(
    'includes a master that gets its first slots later',
    async () => {
      const [from] = await cluster.masters();
      const added = await spare(cluster);
      const key = [...(await keys())].find(([master]) => master === from)?.[1] ?? '';
      await adapter.set(key, 1);
      const migration = await cluster.migrateSlot(key, added);
      await migration.finish();
      expect(await adapter.get(key)).toBe(1);
      await follows(added, key);
      await feed.caughtUp(SETTLED_MS);
    },
    TIMEOUT_MS,
  );
});

/** Makes a replica an empty master. */
async function spare(cluster: RedisCluster): Promise<RedisServer> {
  const masters = await cluster.masters();
  const [replica] = await cluster.replicasOf(masters.at(-1)!);
  const own = /myself/;
  const id = String(await masters[0]!.command('CLUSTER', 'MYID'));
  expect(id).toHaveLength(40);
  await replica!.command('CLUSTER', 'RESET', 'SOFT');
  await replica!.command('FLUSHALL');
  await replica!.command('CLUSTER', 'MEET', '127.0.0.1', masters[0]!.port);
  await eventually(async () => {
    const nodes = String(await replica!.command('CLUSTER', 'NODES'));
    const info = String(await replica!.command('CLUSTER', 'INFO'));
    return own.test(nodes) && /cluster_state:ok/.test(info) && /cluster_known_nodes:6/.test(info);
  }, 20_000);
  return replica!;
}
