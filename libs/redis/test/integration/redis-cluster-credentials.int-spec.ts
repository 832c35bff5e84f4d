import type { Cluster } from 'ioredis';
import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

let cluster: RedisCluster;
let adapter: RedisAdapter;

beforeEach(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0, requirepass: 'one' });
});
afterEach(async () => {
  await adapter.disconnect();
  await cluster.stop();
});

const nodes = (): string[] => cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);

const writes = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: i }));

async function changePassword(password: string): Promise<void> {
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'requirepass', password);
}

describe('the password function of a cluster', () => {
  test('is called for each connection to a node, and for each connection that reads the slots', async () => {
    let password = 'one';
    adapter = new RedisAdapter({ nodes: nodes(), password: async () => password });
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key) => ({ key, value: key })));
    await changePassword('two');
    password = 'two';
    // Open connections stay open. Reading the slots opens a new one.
    expect((await adapter.can.keys!.scan()[Symbol.asyncIterator]().next()).done).toBe(false);
    const before = (adapter.client as Cluster).nodes();
    for (const node of before) node.stream.destroy();
    await eventually(() => before.every(({ status }) => status === 'end'));
    await eventually(async () => (await adapter.getMany(keys).catch(() => [])).length === 50);
    expect(await adapter.clear({ wholeDatabase: true })).toBe(50);
    expect(adapter.status().state).toBe('up');
  });

  test('may return a wrong password: connect rejects, and the adapter recovers once the password is right', async () => {
    let password = 'wrong';
    adapter = new RedisAdapter({ nodes: nodes(), password: () => password });
    await expect(adapter.connect()).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: false,
      context: { reason: 'WRONGPASS' },
    });
    expect(adapter.status().state).toBe('misconfigured');
    password = 'one';
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 1);
  });

  test('may reject: that attempt fails, and the next one calls it again', async () => {
    let fails = true;
    const password = async (): Promise<string> => {
      if (fails) throw new Error('canary: the vault is sealed');
      return 'one';
    };
    adapter = new RedisAdapter({ nodes: nodes(), password });
    await expect(adapter.connect()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    fails = false;
    await eventually(() => adapter.status().state === 'up' && adapter.status().circuits.write === 'closed');
    await adapter.set('k', 1);
  });

  test('may reject while a node connects: the call rejects with the reason, and a later call calls it again', async () => {
    let fails = false;
    const password = async (): Promise<string> => {
      if (fails) throw new TypeError('canary: the vault is sealed');
      return 'one';
    };
    adapter = new RedisAdapter({ nodes: nodes(), password }, { resilience: { retry: false } });
    await adapter.connect();
    const unconnected = (adapter.client as Cluster).nodes().filter(({ status }) => status === 'wait');
    expect(unconnected.length).toBeGreaterThan(0);
    fails = true;
    const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => adapter.set(`k${i}`, i)));
    const messages = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(messages.join()).toContain('the password function failed (TypeError)');
    expect(messages.join()).not.toContain('canary');
    fails = false;
    await eventually(
      async () =>
        await adapter.setMany(writes).then(
          () => true,
          () => false,
        ),
    );
  });

  test('is called for the connection that carries subscriptions', async () => {
    let password = 'one';
    adapter = new RedisAdapter({ nodes: nodes(), password: () => password });
    await adapter.set('k', 1);
    await changePassword('two');
    password = 'two';
    const client = adapter.client as Cluster;
    const received = new Promise((resolve) => client.on('message', (_, message: string) => resolve(message)));
    await client.subscribe('news');
    await client.publish('news', 'first');
    expect(await received).toBe('first');
  });

  test('is missing: connect rejects with NOAUTH', async () => {
    adapter = new RedisAdapter({ nodes: nodes() });
    await expect(adapter.connect()).rejects.toMatchObject({ context: { reason: 'NOAUTH' } });
  });
});
