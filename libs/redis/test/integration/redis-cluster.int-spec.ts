import type { Cluster } from 'ioredis';
import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  RedisAdapter,
  type AdapterOptions,
  type RedisConfigOptions,
  type RedisInfraError,
  type ScanBatch,
} from '../../src/index.js';
import { slotOf } from '../../src/domain/placement/slots.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE } from '../support/started.js';

let cluster: RedisCluster;
const adapters: RedisAdapter[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.start();
});
afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter.disconnect();
});
afterAll(() => cluster.stop());

function adapterOf(options: AdapterOptions = LONG_DEADLINE, connection?: RedisConfigOptions): RedisAdapter {
  const adapter = new RedisAdapter({ url: cluster.url, ...connection }, options);
  adapters.push(adapter);
  return adapter;
}

/** How often the server has run a command. */
async function callsOf(server: RedisServer, command: string): Promise<number> {
  const stats = String(await server.command('INFO', 'commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

async function batchesOf(batches: AsyncIterable<ScanBatch>): Promise<ScanBatch[]> {
  const all: ScanBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe('a RedisAdapter on a cluster', () => {
  test('connects with a single seed node in its url or in the option nodes', async () => {
    const [node] = cluster.nodes;
    for (const connection of [
      { url: `redis+cluster://127.0.0.1:${node?.port}` },
      { nodes: [`localhost:${node?.port}`] },
    ]) {
      const adapter = new RedisAdapter(connection);
      adapters.push(adapter);
      expect(adapter.mode).toBe('cluster');
      await adapter.connect();
      expect(adapter.status()).toMatchObject({ mode: 'cluster', state: 'up' });
      expect((adapter.client as Cluster).nodes('master')).toHaveLength(3);
      expect(await adapter.can.link?.identities()).toHaveLength(3);
    }
  });

  test('writes each key to the master of its slot, and reads keys of all masters with getMany', async () => {
    const adapter = adapterOf({ keyPrefix: 'spread:' });
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    expect(await adapter.getMany([...keys, 'absent', 'k0'])).toEqual([...keys.map((_, i) => i), undefined, 0]);
    for (const master of await cluster.masters()) {
      expect(await master.command('DBSIZE')).toBeGreaterThan(50);
    }
    expect(await adapter.deleteMany([...keys, 'absent'])).toBe(300);
  });

  test('queues 200 calls until its connections are ready', async () => {
    const adapter = adapterOf({ keyPrefix: 'cold:' });
    await Promise.all(Array.from({ length: 200 }, (_, i) => adapter.set(`k${i}`, i)));
    expect(await adapter.clear()).toBe(200);
  });

  test('removes the keys of one slot with one command', async () => {
    const adapter = adapterOf();
    const master = await cluster.masterOf('{tag}');
    const keys = Array.from({ length: 20 }, (_, i) => `{tag}${i}`);
    await adapter.setMany(keys.map((key) => ({ key, value: 1 })));
    const before = await callsOf(master, 'unlink');
    expect(await adapter.deleteMany(keys)).toBe(20);
    expect(await callsOf(master, 'unlink')).toBe(before + 1);
  });

  test('computes the slots of keys as the servers do, with any braces', async () => {
    const adapter = adapterOf();
    const keys = ['foo{}{bar}', 'foo{}bar}baz', '{}x', '}{a}', 'a{b', '{{bar}}x', '{a}{b}', '{bar}', '漢{字}🔑'];
    for (const key of keys) expect(slotOf(key)).toBe(await cluster.slotOf(key));
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    expect(await adapter.getMany(keys)).toEqual(keys.map((_, i) => i));
    expect(await adapter.deleteMany(keys)).toBe(keys.length);
  });

  test('runs a script on the node of its key, also after SCRIPT FLUSH', async () => {
    const adapter = adapterOf({ keyPrefix: 'count:' });
    const keys = await Promise.all(
      (await cluster.masters()).map(async (master) => {
        for (let i = 0; ; i++) if ((await cluster.masterOf(`count:k${i}`)) === master) return `k${i}`;
      }),
    );
    for (const node of cluster.nodes) await node.command('SCRIPT', 'FLUSH');
    for (const key of keys) expect([await adapter.incr(key), await adapter.incr(key, 2)]).toEqual([1, 3]);
    for (const master of await cluster.masters()) {
      expect(await callsOf(master, 'eval')).toBeGreaterThan(1);
    }
  });

  test('rejects a script with keys of several slots with CROSSSLOT', async () => {
    const script = { name: 'PAIR', source: 'return 1', keys: 2, parse: Number };
    const run = adapterOf().can.scripts?.run(script, ['a', 'b'], []);
    await expect(run).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      retryable: false,
      outcome: 'not-executed',
      context: { reply: 'CROSSSLOT' },
    });
  });

  test('scans all masters in sequence, and resumes at a node and its cursor', async () => {
    const adapter = adapterOf({ keyPrefix: 'scan:' });
    const keys = Array.from({ length: 500 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    const batches = await batchesOf(adapter.can.keys!.scan({ count: 20 }));
    const masters = (await cluster.masters()).map(({ port }) => `127.0.0.1:${port}`);
    expect([...new Set(batches.map(({ node }) => node))].sort()).toEqual([...masters].sort());
    expect(new Set(batches.flatMap((batch) => batch.keys))).toEqual(new Set(keys));
    const [node] = masters as [string];
    const ofNode = batches.filter((batch) => batch.node === node);
    const { cursor } = ofNode[2] as ScanBatch;
    const rest = await batchesOf(adapter.can.keys!.scan({ node, cursor, count: 20 }));
    expect(rest.length).toBeLessThan(ofNode.length);
    const together = [...ofNode.slice(0, 3), ...rest].flatMap((batch) => batch.keys);
    expect(new Set(together)).toEqual(new Set(ofNode.flatMap((batch) => batch.keys)));
    await expect(batchesOf(adapter.can.keys!.scan({ node: 'elsewhere:1' }))).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
    expect(await adapter.clear()).toBe(500);
  });

  test('reads from replicas with readFrom: prefer-replica, and writes to masters', async () => {
    const adapter = adapterOf({ keyPrefix: 'replica:' }, { readFrom: 'prefer-replica' });
    const master = await cluster.masterOf('replica:k');
    const [replica] = (await cluster.replicasOf(master)) as [RedisServer];
    await adapter.set('k', 1);
    // A replica without a ready connection gets no reads.
    const before = await callsOf(replica, 'exists');
    await eventually(async () => (await adapter.has('k')) && (await callsOf(replica, 'exists')) > before, 15_000);
    const atMaster = await callsOf(master, 'exists');
    const atReplica = await callsOf(replica, 'exists');
    await Promise.all(Array.from({ length: 20 }, () => adapter.has('k')));
    expect(await adapter.incr('k')).toBe(2);
    await adapter.hset('h', 'f', 1);
    await eventually(async () => (await adapter.hgetall<number>('h')).f === 1);
    expect(await callsOf(master, 'exists')).toBe(atMaster);
    expect(await callsOf(replica, 'exists')).toBe(atReplica + 20);
    await adapter.clear();
  });

  test.each(['closes', 'is silent'])('reads the slots again immediately when a connection %s', async (what) => {
    const adapter = adapterOf(undefined, { ioredis: { slotsRefreshInterval: 0 } });
    await adapter.set('k', 1);
    const master = await cluster.masterOf('k');
    const slotReads = async (): Promise<number> =>
      (await Promise.all(cluster.nodes.map((node) => callsOf(node, 'cluster\\|slots')))).reduce(
        (sum, calls) => sum + calls,
        0,
      );
    const before = await slotReads();
    const connection = (adapter.client as Cluster).nodes().find(({ options }) => options.port === master.port);
    const isLost = what === 'closes';
    if (isLost) connection?.stream.destroy();
    else master.freeze();
    const code = await adapter.get('k').then(
      () => 'answered',
      (error: RedisInfraError) => error.code,
    );
    master.thaw();
    expect(code).toMatch(isLost ? /./ : /^DEADLINE_EXCEEDED$/);
    await eventually(async () => (await slotReads()) > before);
  });

  test('rejects connect with NO_CLUSTER when the server is not a node of a cluster', async () => {
    const server = await RedisServer.start();
    const adapter = new RedisAdapter({ nodes: [`127.0.0.1:${server.port}`] });
    adapters.push(adapter);
    await expect(adapter.connect()).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: false,
      context: { reason: 'NO_CLUSTER' },
    });
    expect(adapter.status().state).toBe('misconfigured');
    await server.stop();
  });

  test('rejects connect with ECONNREFUSED when nothing listens', async () => {
    const server = await RedisServer.start();
    await server.stop();
    const adapter = new RedisAdapter({ nodes: [`127.0.0.1:${server.port}`] });
    adapters.push(adapter);
    await expect(adapter.connect()).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: true,
      context: { system: 'ECONNREFUSED' },
    });
    await expect(adapter.get('k')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', outcome: 'not-sent' });
  });

  test('counts a call for 300 keys as one towards maxInFlight', async () => {
    const adapter = adapterOf({ keyPrefix: 'many:', resilience: { maxInFlight: 20, maxQueued: 0, deadline: '5s' } });
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    expect(await adapter.getMany(keys)).toEqual([...keys.keys()]);
    expect(await adapter.deleteMany(keys)).toBe(300);
    await adapter.setMany(keys.map((key, value) => ({ key, value })));
    expect(await adapter.clear()).toBe(300);
  });

  test('opens no circuit and sends no probe after a disconnect with calls in flight', async () => {
    const adapter = adapterOf({ resilience: { deadline: '2s', breaker: { consecutive: 1, probeDelay: '10ms' } } });
    await adapter.set('x', 1);
    const events: string[] = [];
    for (const event of ['circuit-open', 'probe'] as const) adapter.on(event, () => events.push(event));
    const master = await cluster.masterOf('x');
    master.freeze();
    try {
      const call = adapter.set('x', 2).catch((error: RedisInfraError) => error.outcome);
      await adapter.disconnect();
      expect(await call).toBe('unknown');
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      master.thaw();
    }
    expect(adapter.status().circuits).toEqual({ read: 'closed', write: 'closed' });
    expect(events).toEqual([]);
  });
});
