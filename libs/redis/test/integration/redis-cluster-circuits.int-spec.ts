import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, gateEvents, startedPerTest } from '../support/started.js';

const started = startedPerTest();
let cluster: RedisCluster;
let adapter: RedisAdapter;
let troubled: RedisServer;
/** A key of the node that gets into trouble, and one of another. */
const keys = { troubled: 'k', well: '' };

beforeAll(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  // What is measured is one node, not what the others make of it.
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  troubled = await cluster.masterOf(keys.troubled);
  for (let i = 0; keys.well === ''; i++) {
    if ((await cluster.masterOf(`w${i}`)) !== troubled) keys.well = `w${i}`;
  }
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  adapter = started.adapter(cluster.url, { resilience: { deadline: '200ms', retry: false } });
  await adapter.connect();
  await adapter.setMany([keys.troubled, keys.well].map((key) => ({ key, value: 1 })));
});

const troubledOnly = async (code: string): Promise<void> => {
  await eventually(async () => (await codeOf(adapter.set(keys.troubled, 2))) === code, 15_000);
  expect(await codeOf(adapter.set(keys.well, 2))).toBe('ok');
};

describe('one node of a cluster', () => {
  test('that is frozen is refused by its own circuits, while the others go on', async () => {
    const events = gateEvents(adapter);
    troubled.freeze();
    started.undo(() => troubled.thaw());
    await troubledOnly('CIRCUIT_OPEN');
    expect(adapter.status().circuits).toEqual({
      read: expect.stringMatching(/open|half-open/) as string,
      write: expect.stringMatching(/open|half-open/) as string,
    });
    expect(await adapter.get(keys.well)).toBe(2);
    troubled.thaw();
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
    await eventually(() => adapter.status().circuits.write === 'closed');
    expect(events.filter((event) => /[+-]/.test(event))).toEqual(['+read', '+write', '-read', '-write']);
  });

  test('that was killed is refused at once, and served when it is back', async () => {
    await troubled.kill();
    await troubledOnly('CIRCUIT_OPEN');
    await troubled.restart();
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
    expect(adapter.status().state).toBe('up');
  });

  test('that was killed gives errors that name the command once', async () => {
    const messages = new Set<string>();
    await troubled.kill();
    await eventually(async () => {
      const error: unknown = await adapter.get(keys.troubled).catch((reason: unknown) => reason);
      if (error instanceof Error) messages.add(error.message);
      return [...messages].some((message) => message.includes('Redis cannot be reached'));
    }, 15_000);
    expect([...messages].filter((message) => message.split('was not sent').length > 2)).toEqual([]);
    await troubled.restart();
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
  });

  test('that is full takes no writes, and reads and deletes all the same', async () => {
    await troubled.command('CONFIG', 'SET', 'maxmemory', '1');
    started.undo(() => troubled.command('CONFIG', 'SET', 'maxmemory', '0'));
    await troubledOnly('CIRCUIT_OPEN');
    expect(await adapter.get(keys.troubled)).toBeDefined();
    expect(await adapter.delete(keys.troubled)).toBe(true);
    await troubled.command('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(async () => (await codeOf(adapter.set(keys.troubled, 3))) === 'ok', 15_000);
  });
});

describe('a write to a node of a cluster that timed out', () => {
  test('does not land over a newer one that went by another connection', async () => {
    const proxies = await Promise.all(cluster.nodes.map((node) => started.proxy(node)));
    const natMap = Object.fromEntries(
      cluster.nodes.map((node, i) => [`127.0.0.1:${node.port}`, { host: '127.0.0.1', port: proxies[i]?.port ?? 0 }]),
    );
    const behind = new RedisAdapter(
      { url: `redis+cluster://127.0.0.1:${proxies[0]?.port}`, ioredis: { natMap } },
      { resilience: { deadline: '200ms', retry: false } },
    );
    started.undo(() => behind.disconnect());
    await behind.set(keys.troubled, 0);
    const proxy = proxies[cluster.nodes.findIndex(({ port }) => port === troubled.port)];
    // The first write is on its way for four seconds, much longer than it takes to connect again.
    proxy?.throttle(16 * 1024, 'requests');
    expect(await codeOf(behind.set(keys.troubled, 'x'.repeat(64 * 1024)))).toBe('DEADLINE_EXCEEDED');
    let last = 0;
    await eventually(async () => (await codeOf(behind.set(keys.troubled, ++last))) === 'ok', 20_000);
    const passed = proxy?.stats.requestBytes ?? 0;
    proxy?.throttle(Infinity, 'requests');
    // What was still on its way would have passed with these.
    await eventually(() => (proxy?.stats.requestBytes ?? 0) > passed || proxy?.stats.open === 1, 20_000);
    for (let i = 0; i < 50; i++) expect(await behind.get(keys.troubled)).toBe(last);
  });
});
