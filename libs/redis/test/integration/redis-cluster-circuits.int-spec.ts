import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, circuitEvents, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
let cluster: RedisCluster;
let adapter: RedisAdapter;
let failing: RedisServer;
/** A key on the failing node, and a key on another node. */
const keys = { failing: 'k', healthy: '' };

beforeAll(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  // Otherwise the other nodes would refuse commands because of the failing one.
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  failing = await cluster.masterOf(keys.failing);
  for (let i = 0; keys.healthy === ''; i++) {
    if ((await cluster.masterOf(`w${i}`)) !== failing) keys.healthy = `w${i}`;
  }
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  adapter = started.adapter(cluster.url, { resilience: { deadline: '200ms', retry: false } });
  await adapter.connect();
  await succeeds(() => adapter.setMany([keys.failing, keys.healthy].map((key) => ({ key, value: 1 }))));
});

/** Repeats a call until it succeeds: on a busy machine it may exceed its deadline. */
const succeeds = (call: () => Promise<unknown>): Promise<void> =>
  eventually(async () => (await codeOf(call())) === 'ok');

const onlyFailingNodeGives = async (code: string): Promise<void> => {
  await eventually(async () => (await codeOf(adapter.set(keys.failing, 2))) === code, 15_000);
  await succeeds(() => adapter.set(keys.healthy, 2));
};

describe('the circuits of one node of a cluster', () => {
  test('open when the node is frozen, while the other nodes serve calls', async () => {
    const events = circuitEvents(adapter);
    failing.freeze();
    started.undo(() => failing.thaw());
    await onlyFailingNodeGives('CIRCUIT_OPEN');
    expect(adapter.status().circuits).toEqual({
      read: expect.stringMatching(/open|half-open/) as string,
      write: expect.stringMatching(/open|half-open/) as string,
    });
    expect(await adapter.get(keys.healthy)).toBe(2);
    failing.thaw();
    await eventually(async () => (await codeOf(adapter.set(keys.failing, 3))) === 'ok', 15_000);
    await eventually(() => adapter.status().circuits.write === 'closed');
    expect(events.filter((event) => /[+-]/.test(event))).toEqual(['+read', '+write', '-read', '-write']);
  });

  test('open when the node is killed, and close when it is back', async () => {
    await failing.kill();
    await onlyFailingNodeGives('CIRCUIT_OPEN');
    await failing.restart();
    await eventually(async () => (await codeOf(adapter.set(keys.failing, 3))) === 'ok', 15_000);
    expect(adapter.status().state).toBe('up');
  });

  test('give errors that name the command once', async () => {
    const messages = new Set<string>();
    await failing.kill();
    await eventually(async () => {
      const error: unknown = await adapter.get(keys.failing).catch((reason: unknown) => reason);
      if (error instanceof Error) messages.add(error.message);
      return [...messages].some((message) => message.includes('Redis cannot be reached'));
    }, 15_000);
    expect([...messages].filter((message) => message.split('was not sent').length > 2)).toEqual([]);
    await failing.restart();
    await eventually(async () => (await codeOf(adapter.set(keys.failing, 3))) === 'ok', 15_000);
  });

  test('refuse writes when the memory of the node is full, and let reads and deletes through', async () => {
    await failing.command('CONFIG', 'SET', 'maxmemory', '1');
    started.undo(() => failing.command('CONFIG', 'SET', 'maxmemory', '0'));
    await onlyFailingNodeGives('CIRCUIT_OPEN');
    expect(await adapter.get(keys.failing)).toBeDefined();
    expect(await adapter.delete(keys.failing)).toBe(true);
    await failing.command('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(async () => (await codeOf(adapter.set(keys.failing, 3))) === 'ok', 15_000);
  });
});

describe('a timed-out write to a node of a cluster', () => {
  test('does not overwrite a newer write on another connection', async () => {
    const proxies = await Promise.all(cluster.nodes.map((node) => started.proxy(node)));
    const natMap = Object.fromEntries(
      cluster.nodes.map((node, i) => [`127.0.0.1:${node.port}`, { host: '127.0.0.1', port: proxies[i]?.port ?? 0 }]),
    );
    const behind = new RedisAdapter(
      { url: `redis+cluster://127.0.0.1:${proxies[0]?.port}`, ioredis: { natMap } },
      { resilience: { deadline: '200ms', retry: false } },
    );
    started.undo(() => behind.disconnect());
    await succeeds(() => behind.set(keys.failing, 0));
    const proxy = proxies[cluster.nodes.findIndex(({ port }) => port === failing.port)];
    // The first write is in transit for four seconds, much longer than a reconnect takes.
    proxy?.throttle(16 * 1024, 'requests');
    expect(await codeOf(behind.set(keys.failing, 'x'.repeat(64 * 1024)))).toBe('DEADLINE_EXCEEDED');
    let last = 0;
    await eventually(async () => (await codeOf(behind.set(keys.failing, ++last))) === 'ok', 20_000);
    const passed = proxy?.stats.requestBytes ?? 0;
    proxy?.throttle(Infinity, 'requests');
    let value: unknown;
    // The rest of the first write would have passed before these bytes.
    await eventually(() => (proxy?.stats.requestBytes ?? 0) > passed || proxy?.stats.open === 1, 20_000);
    for (let i = 0; i < 50; i++) {
      await succeeds(async () => (value = await behind.get(keys.failing)));
      expect(value).toBe(last);
    }
  });
});
