import { Cluster, Redis } from 'ioredis';
import { RedisCluster, type RedisServer, type Reply } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { RedisConfig } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

/** Sets and gets a key with a cluster client. */
async function roundTrip(cluster: RedisCluster, key: string): Promise<string | null> {
  const { nodes, options } = new RedisConfig({ url: cluster.url, tls: cluster.tls }).getClusterParams();
  const client = new Cluster(nodes, { ...options, enableOfflineQueue: true });
  client.on('error', () => {});
  try {
    await client.set(key, `value of ${key}`);
    return await client.get(key);
  } finally {
    client.disconnect();
  }
}

/**
 * Replaces the replies of a server to CLUSTER NODES, until the test ends. `reply` receives the number of the request,
 * which counts from 1.
 */
function onClusterNodes(
  server: RedisServer,
  reply: (request: number, read: () => Promise<Reply>) => Promise<Reply>,
): void {
  const query = server.query.bind(server);
  let requests = 0;
  server.query = (...words) => {
    const send = (): Promise<Reply> => query(...words);
    return words[1] === 'NODES' ? reply(++requests, send) : send();
  };
  onTestFinished(() => void (server.query = query));
}

describe('a RedisCluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterEach(async () => {
    for (const node of cluster.nodes) {
      if (node.state === 'stopped') await node.restart();
      node.thaw();
    }
    await cluster.settled();
  });
  afterAll(() => cluster?.stop());

  test('starts three masters that own all slots, with one replica each', async () => {
    const masters = await cluster.masters();
    expect(masters).toEqual(cluster.nodes.slice(0, 3));
    for (const [at, master] of masters.entries()) {
      expect(await cluster.replicasOf(master)).toEqual([cluster.nodes[3 + at]]);
      expect(await cluster.nodes[3 + at]?.isInSync(master)).toBe(true);
    }
    expect(await Promise.all([0, 5460, 5461, 10_921, 10_922, 16_383].map((slot) => cluster.masterOf(slot)))).toEqual(
      [0, 0, 1, 1, 2, 2].map((at) => masters[at]),
    );
  });

  test('has a url that a client can connect to', async () => {
    expect(cluster.url).toBe(`redis+cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
    expect(await roundTrip(cluster, 'key')).toBe('value of key');
  });

  test('returns the slots of keys and refuses an invalid slot', async () => {
    expect(await cluster.slotOf('foo')).toBe(12_182);
    expect(await cluster.masterOf('foo')).toBe(await cluster.masterOf(12_182));
    await expect(cluster.masterOf(16_384)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  test('promotes a replica with failover()', async () => {
    const before = await cluster.masterOf('key');
    await before.command('SET', 'key', 'kept');
    const now = await cluster.failover('key');
    expect(await cluster.masterOf('key')).toBe(now);
    expect(await now.command('GET', 'key')).toBe('kept');
    await cluster.settled();
    expect(await before.isInSync(now)).toBe(true);
  });

  test('waits in nextMaster() for the node that knows the new master last', async () => {
    const before = await cluster.masterOf(0);
    const [replica] = (await cluster.replicasOf(before)) as [RedisServer];
    const last = (await cluster.masters()).find((master) => master !== before) as RedisServer;
    const oldView = await last.command('CLUSTER', 'NODES');
    // The failover ends after all nodes were asked once.
    onClusterNodes(replica, async (request, read) => {
      if (request === 2) {
        await replica.command('CLUSTER', 'FAILOVER');
        await eventually(async () => String(await read()).includes('myself,master'));
      }
      return read();
    });
    let isKnown = false;
    onClusterNodes(last, async (request, read) => {
      isKnown = request > 4;
      return isKnown ? read() : oldView;
    });
    expect(await cluster.nextMaster(0, before)).toBe(replica);
    expect(isKnown).toBe(true);
  });

  test.each(['kill', 'freeze'] as const)(
    'replaces a master after a %s, and the old master follows the new one when it is back',
    async (how) => {
      const before = await (how === 'kill' ? cluster.killMaster('key') : cluster.freezeMaster('key'));
      const now = await cluster.nextMaster('key', before);
      expect(await roundTrip(cluster, 'key')).toBe('value of key');
      if (how === 'kill') await before.restart();
      else before.thaw();
      await cluster.settled();
      expect(await before.isInSync(now)).toBe(true);
      expect(await cluster.replicasOf(now)).toEqual([before]);
    },
  );

  test('migrates a slot in steps: ASK for moved keys, TRYAGAIN, then MOVED', async () => {
    const [a, b] = ['{slot}a', '{slot}b'];
    const from = await cluster.masterOf(a);
    const to = (await cluster.masters()).find((master) => master !== from) as typeof from;
    for (const key of [a, b]) await from.command('SET', key, `value of ${key}`);

    const migration = await cluster.migrateSlot(a, to);
    expect(await from.command('GET', a)).toBe('value of {slot}a');
    await expect(from.command('GET', '{slot}c')).rejects.toThrow(`ASK ${migration.slot} 127.0.0.1:${to.port}`);
    expect(await migration.moveKeys(1)).toBe(1);
    await expect(from.command('MGET', a, b)).rejects.toThrow(/^TRYAGAIN/);
    expect(await migration.moveKeys()).toBe(1);
    await expect(from.command('GET', a)).rejects.toThrow(/^ASK/);
    await expect(to.command('GET', a)).rejects.toThrow(`MOVED ${migration.slot} 127.0.0.1:${from.port}`);
    expect(await to.commands([['ASKING'], ['GET', a]])).toEqual(['OK', 'value of {slot}a']);
    expect(await roundTrip(cluster, '{slot}d')).toBe('value of {slot}d');

    await migration.finish();
    await expect(from.command('GET', a)).rejects.toThrow(`MOVED ${migration.slot} 127.0.0.1:${to.port}`);
    expect(await to.command('GET', b)).toBe('value of {slot}b');
    await cluster.settled();
    expect(await cluster.masterOf(a)).toBe(to);
    expect(await roundTrip(cluster, a)).toBe('value of {slot}a');
  });

  test('leaves a slot with its master when the migration is cancelled', async () => {
    const from = await cluster.masterOf('other');
    const to = (await cluster.masters()).find((master) => master !== from) as typeof from;
    const migration = await cluster.migrateSlot('other', to);
    await expect(from.command('GET', 'other')).rejects.toThrow(/^ASK/);
    await migration.cancel();
    expect(await from.command('GET', 'other')).toBeNull();
  });
});

describe('a RedisCluster with TLS and a password', () => {
  test('has a url that a client can connect to, and migrates slots', async () => {
    const cluster = await RedisCluster.start({ tls: true, requirepass: 'p', replicasPerMaster: 0 });
    try {
      expect(cluster.url).toMatch(/^rediss\+cluster:\/\/:p@[\d.:,]+$/);
      expect(await roundTrip(cluster, 'key')).toBe('value of key');
      const from = await cluster.masterOf('key');
      const to = (await cluster.masters()).find((master) => master !== from) as typeof from;
      await (await cluster.migrateSlot('key', to)).finish();
      const client = new Redis(to.url, { tls: to.tls });
      expect(await client.get('key')).toBe('value of key');
      client.disconnect();
      await expect(cluster.failover('key')).rejects.toThrow('has no running replica');
    } finally {
      await cluster.stop();
    }
  });
});
