import type { Cluster, Redis } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { onClusterCopy, onCopy } from '../../src/adapters/ioredis-seams/copies.js';
import { refreshBeforeConnect } from '../../src/adapters/ioredis-seams/cluster/refresh-before-connect.js';
import { completeSlots } from '../../src/adapters/ioredis-seams/cluster/slots-reply.js';
import { onSubscriber } from '../../src/adapters/ioredis-seams/cluster/subscriber.js';
import { refreshPassword } from '../../src/adapters/ioredis-seams/password-refresh.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure } from '../support/started.js';
import { rawClients } from './support/raw-clients.js';

const clients = rawClients();

let servers: RedisCluster;
beforeAll(async () => {
  servers = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
});
afterAll(() => servers.stop());

function onEachNode(...command: string[]): Promise<unknown> {
  return Promise.all(servers.nodes.map((node) => node.command(...(command as [string]))));
}

describe('copies.ts', () => {
  test('shows each connection on which ioredis reads the slots before it connects', async () => {
    const seen: (string | undefined)[] = [];
    const prepare = (copy: Redis): void => void seen.push(copy.status);
    const cluster = clients.cluster(servers.nodes, {}, (node) => onCopy(node, prepare));
    await cluster.connect();
    await new Promise((resolve) => cluster.refreshSlotsCache(resolve));
    expect(seen).toEqual(['wait', 'wait']);
  });

  test('shows each copy of a cluster client before it has nodes, also one that connects by itself', async () => {
    const cluster = clients.cluster(servers.nodes);
    const nodes: number[] = [];
    onClusterCopy(cluster, (copy) => nodes.push(copy.nodes().length));
    const copies = [cluster.duplicate(), cluster.duplicate([], { lazyConnect: false })] as const;
    for (const copy of copies) clients.undo(() => copy.disconnect());
    expect(nodes).toEqual([0, 0]);
    expect(await Promise.all(copies.map((copy) => copy.set('a', 1)))).toEqual(['OK', 'OK']);
  });
});

describe.each([
  ['cluster/slots-reply.ts', 'unknown-endpoint'],
  ['cluster/announced-host.ts', 'hostname'],
])('%s', (_, type) => {
  afterEach(() => onEachNode('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'ip'));

  test(`makes the nodes of a cluster reachable that announce no host (${type})`, async () => {
    await onEachNode('CONFIG', 'SET', 'cluster-preferred-endpoint-type', type);
    const cluster = clients.cluster(servers.nodes, {}, (node) => onCopy(node, completeSlots));
    await cluster.connect();
    expect(cluster.nodes('master').map(({ options: { host } }) => host)).toEqual(Array(3).fill('127.0.0.1'));
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cluster.set(key, 1)))).toEqual(['OK', 'OK', 'OK']);
  });
});

describe('cluster/slots-reply.ts', () => {
  test('fails with the reply to AUTH, and not with the NOAUTH that follows it', async () => {
    const locked = await clients.server({ requirepass: 'one' });
    const options = { password: 'two', enableReadyCheck: false, retryStrategy: () => null };
    const redis = clients.redis({ port: locked.port, ...options });
    completeSlots(redis);
    const error = await new Promise((resolve) => void redis.cluster('SLOTS', resolve));
    expect(String(error)).toContain('WRONGPASS');
  });
});

describe('a cluster whose password changes', () => {
  afterEach(() => onEachNode('CONFIG', 'SET', 'requirepass', ''));

  test('is read before each connection to a node', async () => {
    await onEachNode('CONFIG', 'SET', 'requirepass', 'one');
    let password = 'one';
    const attach = (redis: Redis): void => refreshPassword(redis, async () => password);
    const cluster = clients.cluster(servers.nodes, { slotsRefreshTimeout: 5000 }, (node) => {
      attach(node);
      onCopy(node, attach);
    });
    await cluster.connect();
    expect(await cluster.set('a', 1)).toBe('OK');
    await onEachNode('CONFIG', 'SET', 'requirepass', 'two');
    password = 'two';
    // These keys are on nodes that are not connected yet, and nodes that are connected stay so.
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cluster.set(key, 1)))).toEqual(['OK', 'OK', 'OK']);
  });
});

describe('cluster/subscriber.ts', () => {
  test('shows each connection for subscriptions before it connects, also one that restores them', async () => {
    const cluster = clients.cluster(servers.nodes);
    const seen: Redis[] = [];
    const statuses: string[] = [];
    onSubscriber(cluster, (subscriber) => {
      seen.push(subscriber);
      statuses.push(subscriber.status);
    });
    await cluster.connect();
    const received: unknown[] = [];
    cluster.on('message', (_channel: string, message: string) => received.push(message));
    await cluster.subscribe('news');
    const [first] = seen.slice(-1);
    first?.disconnect();
    await eventually(() => seen.at(-1) !== first && seen.at(-1)?.status === 'ready');
    await eventually(async () => {
      await cluster.publish('news', 'again');
      return received.includes('again');
    });
    expect(new Set(statuses)).toEqual(new Set(['wait']));
  });
});

describe('cluster/refresh-before-connect.ts', () => {
  test('starts an attempt after its refresh, and another attempt after a refresh that failed', async () => {
    const cluster = clients.cluster(servers.nodes);
    const failures: unknown[] = [];
    let isFailing = true;
    const refresh = async (): Promise<void> => {
      if (isFailing) throw new Error('no password');
    };
    refreshBeforeConnect(cluster, refresh, {
      isCurrent: () => true,
      onFailure: (error) => {
        failures.push(error);
        isFailing = false;
      },
    });
    await cluster.connect();
    expect([failures.length, cluster.status]).toEqual([1, 'wait']);
    await eventually(() => cluster.status === 'ready');
  });
});

describe('cluster/node-send-guard.ts', () => {
  test('sends no command whose caller has given up while its node was connecting', async () => {
    const adapter = clients.adapter(servers.url);
    await adapter.connect();
    const nodes = (adapter.client as Cluster).nodes('master');
    const unconnected = nodes.find(({ status }) => status === 'wait')?.options.port;
    const server = servers.nodes.find(({ port }) => port === unconnected) as RedisServer;
    let key = 'k';
    while ((await servers.masterOf(key)) !== server) key += 'k';
    server.freeze();
    try {
      const error = await failure(adapter.set(key, 'late'));
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    } finally {
      server.thaw();
    }
    await eventually(async () => (await codeOf(adapter.get(key))) === 'ok');
    expect(await server.command('EXISTS', key)).toBe(0);
  });
});
