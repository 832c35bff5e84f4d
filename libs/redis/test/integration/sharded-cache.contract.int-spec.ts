import { cacheStoreContract, RedisCluster, RedisSentinels, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ShardedCache, type RedisConnection, type ShardedOptions } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };

interface Running {
  readonly connections: readonly RedisConnection[];
  readonly servers: readonly RedisServer[];
  readonly stop: () => Promise<unknown>;
}

async function startServers(count: number): Promise<Running> {
  const servers = await Promise.all(Array.from({ length: count }, () => RedisServer.start()));
  return {
    connections: servers.map(({ url }) => url),
    servers,
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}

async function startMixed(): Promise<Running> {
  const [group, cluster, single] = await Promise.all([
    RedisSentinels.start(),
    RedisCluster.start({ replicasPerMaster: 0 }),
    RedisServer.start(),
  ]);
  return {
    connections: [group.url, cluster.url, single.url],
    servers: [...group.servers, ...cluster.nodes, single],
    stop: () => Promise.all([group.stop(), cluster.stop(), single.stop()]),
  };
}

const modes: Readonly<Record<string, readonly [start: () => Promise<Running>, options?: ShardedOptions]>> = {
  'embedded stores': [
    async () => ({ connections: Array.from({ length: 3 }, () => 'memory://'), servers: [], stop: async () => {} }),
  ],
  'one server': [() => startServers(1)],
  'three servers': [() => startServers(3)],
  'five servers': [() => startServers(5)],
  'three servers without a fallback': [() => startServers(3), { fallback: false }],
  'three servers with the locator of ketama': [() => startServers(3), { locator: 'ketama' }],
  'a Sentinel group, a Cluster and a standalone server': [startMixed],
};

for (const [name, [start, options]] of Object.entries(modes)) {
  describe(`ShardedCache on ${name} fulfils the CacheStore contract`, () => {
    let running: Running;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());
    cacheStoreContract(runner, {
      createStore: (keyPrefix) =>
        new ShardedCache(
          running.connections.map((connection, at) => ({ id: `shard-${at}`, connection })),
          { ...LONG_DEADLINE, ...options, keyPrefix },
        ),
      forgetScripts: async () => {
        await Promise.all(running.servers.map((server) => server.command('SCRIPT', 'FLUSH')));
      },
    });
  });
}
