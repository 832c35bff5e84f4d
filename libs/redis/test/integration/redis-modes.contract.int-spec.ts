import { cacheStoreContract, RedisCluster, RedisSentinels, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { RedisAdapter, type RedisConfigOptions } from '../../src/index.js';
import { LONG_DEADLINE } from '../support/started.js';

const runner = { test, before: beforeAll, after: afterAll };

interface Running {
  readonly connection: RedisConfigOptions;
  readonly servers: readonly RedisServer[];
  readonly stop: () => Promise<void>;
}

async function withTlsAndUsers(): Promise<Running> {
  const users = { app: { password: 'a password of the test', rules: '~* &* +@all' } };
  const server = await RedisServer.start({ tls: true, users });
  return {
    connection: { url: server.urlOf({ user: 'app' }), tls: server.tls },
    servers: [server],
    stop: () => server.stop(),
  };
}

async function onUnixSocket(): Promise<Running> {
  const server = await RedisServer.start({ unixSocket: true });
  return { connection: { path: server.socketPath, db: 3 }, servers: [server], stop: () => server.stop() };
}

async function onManyConnections(): Promise<Running> {
  const server = await RedisServer.start();
  return { connection: { url: server.url, poolSize: 3 }, servers: [server], stop: () => server.stop() };
}

async function behindSentinels(): Promise<Running> {
  const group = await RedisSentinels.start({ requirepass: 'a password of the test' });
  return { connection: { url: group.url }, servers: group.servers, stop: () => group.stop() };
}

async function inCluster(): Promise<Running> {
  const cluster = await RedisCluster.start();
  return { connection: { url: cluster.url }, servers: cluster.nodes, stop: () => cluster.stop() };
}

async function inClusterWithTlsAndUsers(): Promise<Running> {
  const users = { app: { password: 'a password of the test', rules: '~* &* +@all' } };
  const cluster = await RedisCluster.start({ tls: true, users, replicasPerMaster: 0 });
  return { connection: { url: cluster.url, tls: cluster.tls }, servers: cluster.nodes, stop: () => cluster.stop() };
}

const modes = {
  'one server, with TLS and as an ACL user': withTlsAndUsers,
  'one server, over a unix socket': onUnixSocket,
  'one server, over three connections': onManyConnections,
  'a master behind Sentinels': behindSentinels,
  'a cluster of three masters and their replicas': inCluster,
  'a cluster, with TLS and as an ACL user': inClusterWithTlsAndUsers,
};

for (const [name, start] of Object.entries(modes)) {
  describe(`RedisAdapter on ${name} fulfils the CacheStore contract`, () => {
    let running: Running;
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running.stop());
    cacheStoreContract(runner, {
      createStore: (keyPrefix) => new RedisAdapter(running.connection, { ...LONG_DEADLINE, keyPrefix }),
      forgetScripts: async () =>
        void (await Promise.all(running.servers.map((server) => server.command('SCRIPT', 'FLUSH')))),
    });
  });
}
