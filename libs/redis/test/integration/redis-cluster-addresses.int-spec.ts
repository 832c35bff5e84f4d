import type { Cluster } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RedisAdapter, type RedisInfraError } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

const started = resourcesPerTest();

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
});
afterAll(() => cluster.stop());
afterEach(() => setEndpointType('ip'));

/** Sets how the nodes announce themselves in CLUSTER SLOTS and in redirects. */
async function setEndpointType(type: 'ip' | 'hostname' | 'unknown-endpoint'): Promise<void> {
  for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-preferred-endpoint-type', type);
}

function otherThan(master: RedisServer): RedisServer {
  return cluster.nodes.find((node) => node !== master) as RedisServer;
}

/** Moves the slot of each tag to another master under load, and returns the errors of the calls. */
async function failuresWhileMoving(adapter: RedisAdapter, tags: readonly string[]): Promise<RedisInfraError[]> {
  const failures: RedisInfraError[] = [];
  let running = true;
  let rounds = 0;
  const keys = tags.flatMap((tag) => Array.from({ length: 10 }, (_, i) => `{${tag}}${i}`));
  const load = (async () => {
    while (running) {
      const calls = keys.flatMap((key) => [adapter.incr(key), adapter.get(key)]);
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'rejected') failures.push(result.reason as RedisInfraError);
      }
      rounds++;
    }
  })();
  const nextRound = async (): Promise<void> => {
    const now = rounds;
    await eventually(() => rounds > now + 1, 15_000);
  };
  try {
    for (const tag of tags) {
      const from = await cluster.masterOf(tag);
      const migration = await cluster.migrateSlot(tag, otherThan(from));
      await nextRound();
      await migration.moveKeys(5);
      await nextRound();
      await migration.finish();
      await nextRound();
    }
  } finally {
    running = false;
    await load;
  }
  return failures;
}

describe('natMap for a cluster whose nodes announce unreachable addresses', () => {
  async function throughProxies(): Promise<{
    url: string;
    addresses: ReadonlyMap<string, Address>;
    ports: number[];
  }> {
    const proxies = await Promise.all(cluster.nodes.map(({ port }) => started.proxy(port)));
    const addresses = new Map(
      cluster.nodes.map(({ port }, i) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: proxies[i]?.port ?? 0 }]),
    );
    const ports = proxies.map(({ port }) => port);
    return { url: `redis+cluster://127.0.0.1:${ports[0]}`, addresses, ports };
  }

  test.each(['function', 'object'])('lets every call succeed while slots move, as %s', async (form) => {
    const { url, addresses, ports } = await throughProxies();
    const natMap = form === 'object' ? Object.fromEntries(addresses) : (key: string) => addresses.get(key) ?? null;
    const adapter = started.adapter({ url, ioredis: { natMap } }, { resilience: { deadline: '5s' } });
    expect(await failuresWhileMoving(adapter, ['a', 'b', 'c'])).toEqual([]);
    const connected = (adapter.client as Cluster).nodes().map(({ options }) => options.port);
    expect(new Set(connected)).toEqual(new Set(ports));
  });

  test('maps an address once, even if it has an entry for the mapped address', async () => {
    const { url, addresses } = await throughProxies();
    const nowhere = { host: '127.0.0.1', port: 1 };
    const natMap = Object.fromEntries([
      ...addresses,
      ...[...addresses.values()].map(({ host, port }) => [`${host}:${port}`, nowhere]),
    ]) as Record<string, Address>;
    const adapter = started.adapter({ url, ioredis: { natMap } }, { resilience: { deadline: '5s' } });
    expect(await failuresWhileMoving(adapter, ['d'])).toEqual([]);
  });
});

describe.each(['unknown-endpoint', 'hostname'] as const)('a cluster that announces no host (%s)', (type) => {
  test('is reached at the host of the seed node, also while slots move', async () => {
    await setEndpointType(type);
    const adapter = started.adapter(cluster.url, { resilience: { deadline: '5s' } });
    await adapter.connect();
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await adapter.setMany(keys.map((key) => ({ key, value: key })));
    expect(await adapter.getMany(keys)).toEqual(keys);
    expect(await failuresWhileMoving(adapter, ['e', 'f'])).toEqual([]);
    const hosts = (adapter.client as Cluster).nodes().map(({ options }) => options.host);
    expect(hosts).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });
});

describe('a command for a slot that no node accepts', () => {
  /** Makes two nodes each claim that the other owns the slot, until `agree` is called. */
  async function disputed(key: string): Promise<{ agree: () => Promise<void> }> {
    const slot = await cluster.slotOf(key);
    const from = await cluster.masterOf(key);
    const to = otherThan(from);
    const ids = await Promise.all([from, to].map((node) => node.command('CLUSTER', 'MYID')));
    await from.command('CLUSTER', 'SETSLOT', slot, 'NODE', String(ids[1]));
    return {
      agree: async () => {
        for (const node of [to, from, ...cluster.nodes]) {
          await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', String(ids[1]));
        }
      },
    };
  }

  test('rejects as retryable with MOVED and the outcome not-executed', async () => {
    const adapter = started.adapter(cluster.url, { resilience: { retry: false } });
    await adapter.connect();
    const { agree } = await disputed('dispute:1');
    for (const call of [adapter.incr('dispute:1'), adapter.get('dispute:1')]) {
      await expect(call).rejects.toMatchObject({
        code: 'COMMAND_FAILED',
        outcome: 'not-executed',
        retryable: true,
        context: { reply: 'MOVED' },
      });
    }
    await agree();
    await eventually(async () => (await adapter.get('dispute:1').catch(() => 'moved')) === undefined);
  });

  test('is retried after the slots were read again, and is executed once', async () => {
    const adapter = started.adapter(cluster.url, { resilience: { deadline: '10s', retry: { attempts: 10 } } });
    await adapter.connect();
    const { agree } = await disputed('dispute:2');
    const calls = Promise.all([adapter.incr('dispute:2'), adapter.get('{dispute:2}:value')]);
    await eventually(() => adapter.status().retries > 0);
    await agree();
    expect(await calls).toEqual([1, undefined]);
    expect(await adapter.get('dispute:2')).toBe(1);
  });
});
