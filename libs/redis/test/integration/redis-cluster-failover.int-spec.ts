import type { Cluster, Redis } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { CallCounter } from '../support/call-counter.js';
import { eventually } from '../support/eventually.js';

let cluster: RedisCluster;
let adapter: RedisAdapter;

beforeEach(async () => {
  cluster = await RedisCluster.start();
  adapter = new RedisAdapter(cluster.url);
});
afterEach(async () => {
  for (const node of cluster.nodes) node.thaw();
  await adapter.disconnect();
  await cluster.stop();
});

function connectionTo(server: RedisServer): Redis {
  const nodes = (adapter.client as Cluster).nodes();
  return nodes.find(({ options }) => options.port === server.port) as Redis;
}

/** A key of another master. */
async function keyOutside(server: RedisServer): Promise<string> {
  for (let i = 0; ; i++) if ((await cluster.masterOf(`outside${i}`)) !== server) return `outside${i}`;
}

describe('a failover of a cluster', () => {
  test('on request loses and duplicates no acknowledged incr', async () => {
    const counting = new CallCounter(() => adapter.incr('counter'));
    await counting.progress();
    await cluster.failover('counter');
    await counting.progress();
    await counting.end();
    const count = Number(await (await cluster.masterOf('counter')).command('GET', 'counter'));
    expect(count).toBeGreaterThanOrEqual(counting.acknowledged);
    expect(count).toBeLessThanOrEqual(counting.acknowledged + counting.unknown);
    expect([...counting.codes].filter((code) => code !== 'CONNECTION_FAILED' && code !== 'DEADLINE_EXCEEDED')).toEqual(
      [],
    );
  }, 60_000);

  test('of a killed master serves calls again once a replica is promoted, and other masters serve meanwhile', async () => {
    const counting = new CallCounter(() => adapter.incr('counter'));
    await counting.progress();
    const dead = await cluster.killMaster('counter');
    const elsewhere = await keyOutside(dead);
    await adapter.set(elsewhere, 'served');
    expect(await adapter.get(elsewhere)).toBe('served');
    await cluster.nextMaster('counter', dead);
    await counting.progress();
    await counting.end();
    expect(adapter.status().state).toBe('up');
    expect(
      [...counting.codes].filter(
        (code) => !/^(CONNECTION_FAILED|DEADLINE_EXCEEDED|COMMAND_FAILED|CIRCUIT_OPEN)$/.test(code),
      ),
    ).toEqual([]);
  }, 60_000);

  test('of a frozen master lets every pending call settle', async () => {
    await adapter.set('counter', 0);
    const frozen = await cluster.masterOf('counter');
    const { stream } = connectionTo(frozen);
    frozen.freeze();
    const counting = new CallCounter(() => adapter.incr('counter'));
    await eventually(() => stream.destroyed);
    const { sent } = counting;
    await eventually(() => counting.settled >= sent);
    await cluster.nextMaster('counter', frozen);
    await counting.progress();
    await counting.end();
    expect(
      [...counting.codes].filter(
        (code) => !/^(CONNECTION_FAILED|DEADLINE_EXCEEDED|COMMAND_FAILED|CIRCUIT_OPEN)$/.test(code),
      ),
    ).toEqual([]);
  }, 60_000);
});

describe('an adapter whose cluster has no running node', () => {
  test('is down, and up again once the nodes are back', async () => {
    await adapter.set('k', 1);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await eventually(() => adapter.status().state === 'down', 10_000);
    await expect(adapter.get('k')).rejects.toMatchObject({
      code: expect.stringMatching(/CONNECTION_FAILED|CIRCUIT_OPEN/) as string,
      outcome: 'not-sent',
    });
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await cluster.settled();
    await eventually(() => adapter.status().state === 'up' && adapter.status().circuits.write === 'closed', 10_000);
    await adapter.set('k', 2);
    expect(await adapter.get('k')).toBe(2);
  }, 60_000);

  test('disconnects immediately, also with calls in flight to frozen nodes', async () => {
    await adapter.set('k', 1);
    for (const node of cluster.nodes) node.freeze();
    const calls = Promise.allSettled([adapter.get('k'), adapter.get('other')]);
    await adapter.disconnect();
    await calls;
    expect(adapter.status().state).toBe('closed');
  });
});
