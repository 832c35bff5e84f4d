import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { onRetryDelay } from '../../src/adapters/ioredis-seams/cluster/cluster-retry-delay.js';
import { refuseUntilReady } from '../../src/adapters/ioredis-seams/cluster/offline-queue.js';
import { makeClusterInfoOptional } from '../../src/adapters/ioredis-seams/cluster/optional-cluster-info.js';
import { mapRedirects } from '../../src/adapters/ioredis-seams/cluster/redirect-address.js';
import { watchRefreshes } from '../../src/adapters/ioredis-seams/cluster/slot-refresh.js';
import { rejectTryAgain } from '../../src/adapters/ioredis-seams/cluster/try-again.js';
import { withReadableNatMap } from '../../src/adapters/ioredis-seams/nat-map.js';
import { replaceMethod } from '../../src/adapters/ioredis-seams/replace-method.js';
import { PeerLimits } from '../../src/adapters/wire/peer-limits.js';
import { eventually } from '../support/eventually.js';
import { rawClients } from './support/raw-clients.js';

const clients = rawClients();

let servers: RedisCluster;
beforeAll(async () => {
  servers = await RedisCluster.start({ replicasPerMaster: 0, nodeTimeoutMs: 20_000 });
});
afterAll(() => servers.stop());

async function otherThan(key: string): Promise<RedisServer> {
  const master = await servers.masterOf(key);
  return servers.nodes.find((node) => node !== master) as RedisServer;
}

describe('cluster/cluster-retry-delay.ts', () => {
  test('shows the delay before each attempt of a cluster client', async () => {
    const cluster = clients.cluster([{ port: 1 }], { clusterRetryStrategy: (times) => times });
    const delays: number[] = [];
    onRetryDelay(cluster, (delayMs) => delays.push(delayMs));
    cluster.connect().catch(() => {});
    await eventually(() => delays.length > 2);
    expect(delays.slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe('cluster/offline-queue.ts', () => {
  test('refuses commands until the cluster is ready', async () => {
    const cluster = clients.cluster(servers.nodes);
    refuseUntilReady(cluster);
    await expect(cluster.get('k')).rejects.toThrow("Cluster isn't ready");
    await cluster.connect();
    expect(await cluster.set('k', 'v')).toBe('OK');
  });
});

describe('cluster/optional-cluster-info.ts', () => {
  test.each([
    ['makes a cluster ready whose servers refuse CLUSTER INFO', true, ['ready']],
    ['is needed: without it, such a cluster connects again and again', false, ['reconnecting']],
  ])('%s', async (_, isInstalled, expected) => {
    const rules = ['on', '>pw', '~*', '+@all', '-cluster|info'];
    for (const node of servers.nodes) await node.command('ACL', 'SETUSER', 'limited', 'reset', ...rules);
    const cluster = clients.cluster(servers.nodes, { redisOptions: { username: 'limited', password: 'pw' } });
    if (isInstalled) makeClusterInfoOptional(cluster, new PeerLimits());
    const statuses: string[] = [];
    for (const status of ['ready', 'reconnecting']) cluster.once(status, () => statuses.push(status));
    cluster.connect().catch(() => {});
    await eventually(() => statuses.length > 0);
    expect(statuses).toEqual(expected);
  });
});

describe('cluster/redirect-address.ts', () => {
  test('makes ioredis follow a redirect to a mapped address, and name the owner of the slot by it', async () => {
    const proxies = await Promise.all(servers.nodes.map((node) => clients.proxy(node)));
    const ports = new Map(servers.nodes.map(({ port }, i) => [`127.0.0.1:${port}`, Number(proxies[i]?.port)]));
    const natMap = (key: string) => ({ host: '127.0.0.1', port: ports.get(key) ?? 0 });
    const attached: Redis[] = [];
    const options = withReadableNatMap({ natMap, slotsRefreshInterval: 0, redisOptions: { maxRetriesPerRequest: 0 } });
    const cluster = clients.cluster(proxies, options, (node) => attached.push(node));
    const redirects = mapRedirects(cluster);
    cluster.on('+node', (node: Redis) => redirects.attachTo(node));
    await cluster.connect();
    const to = await otherThan('moved');
    await cluster.set('moved', 1);
    const slot = await servers.slotOf('moved');
    const migration = await servers.migrateSlot('moved', to);
    await migration.moveKeys();
    await migration.finish();
    cluster.refreshSlotsCache = () => {};
    expect(await cluster.get('moved')).toBe('1');
    expect(cluster.slots[slot]?.[0]).toBe(`127.0.0.1:${ports.get(`127.0.0.1:${to.port}`)}`);
    const known = attached.map(({ options: { port } }) => port);
    expect(servers.nodes.filter(({ port }) => known.includes(port))).toEqual([]);
  });
});

describe('cluster/slot-refresh.ts', () => {
  test.each([
    ['limits how often the slots are read', true],
    ['is needed: without it, the slots are read at every request', false],
  ])('%s', async (_, isInstalled) => {
    const cluster = clients.cluster(servers.nodes);
    if (isInstalled) watchRefreshes(cluster, systemClock);
    await cluster.connect();
    const startedAt = performance.now();
    let refreshes = 0;
    cluster.on('refresh', () => refreshes++);
    for (let i = 0; i < 20; i++) {
      cluster.refreshSlotsCache();
      await sleep(10);
    }
    const most = Math.ceil((performance.now() - startedAt) / 100) + 1;
    expect(refreshes > most).toBe(!isInstalled);
  });

  test.each([
    ['answers a request during a refresh with the slots of a later refresh', true, 2],
    ['is needed: without it, a refresh that began before a request answers it', false, 1],
  ])('%s', async (_, isInstalled, expected) => {
    const cluster = clients.cluster(servers.nodes);
    if (isInstalled) watchRefreshes(cluster, systemClock);
    await cluster.connect();
    let reads = 0;
    replaceMethod(cluster, 'getInfoFromNode', (read) => (...args) => {
      reads++;
      return read(...args);
    });
    cluster.refreshSlotsCache(() => {});
    await new Promise((resolve) => cluster.refreshSlotsCache(resolve));
    expect(reads).toBe(expected);
  });
});

describe('cluster/try-again.ts', () => {
  test('rejects a command with the reply TRYAGAIN', async () => {
    const cluster = clients.cluster(servers.nodes, { retryDelayOnTryAgain: 60_000 });
    rejectTryAgain(cluster);
    await cluster.connect();
    await cluster.mset('{try}a', 1, '{try}b', 2);
    const migration = await servers.migrateSlot('{try}', await otherThan('{try}'));
    await migration.moveKeys(1);
    await expect(cluster.mget('{try}a', '{try}b')).rejects.toThrow(/^TRYAGAIN/);
    await migration.moveKeys();
    await migration.finish();
  });
});
