import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Cluster, type Redis } from 'ioredis';
import { RedisCluster, RedisSentinels, type RedisServer } from 'nestjs-redis-infra/testing';
import { Server as SocketServer } from 'socket.io';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter, type RedisConfigOptions } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { resourcesPerTest } from '../support/started.js';
import { failOnUnhandledRejections } from '../support/unhandled-rejections.js';

const CANARY = 'canary: the vault is sealed';

failOnUnhandledRejections();
const started = resourcesPerTest();

/** The token that servers accept, and the number of times it was asked for. */
let token: string;
let asked: number;
let isFailing: boolean;
beforeEach(() => {
  token = 'one';
  asked = 0;
  isFailing = false;
});

async function password(): Promise<string> {
  asked++;
  if (isFailing) throw new Error(CANARY);
  return token;
}

function adapterOf(options: RedisConfigOptions): RedisAdapter {
  return started.adapter({ ...options, username: 'app', password }, { resilience: { deadline: '10s' } });
}

/** The servers accept another token from now on. Open connections stay open. */
async function rotate(servers: readonly RedisServer[], next: string): Promise<void> {
  for (const server of servers) await server.command('ACL', 'SETUSER', 'app', 'resetpass', `>${next}`);
  token = next;
}

function addressesOf(servers: readonly { readonly port: number }[]): string[] {
  return servers.map(({ port }) => `127.0.0.1:${port}`);
}

async function killClients(servers: readonly RedisServer[]): Promise<void> {
  for (const server of servers) await server.command('CLIENT', 'KILL', 'USER', 'app');
}

const USERS = { app: { password: 'one', rules: '~* &* +@all' } };

describe('a client of RedisAdapter.createClient with a password function', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await started.server({ users: USERS });
  });
  const adapter = (): RedisAdapter => adapterOf({ host: '127.0.0.1', port: server.port });
  const connect = (purpose: 'blocking' | 'subscriber' | 'shared'): Redis => adapter().createClient(purpose) as Redis;

  test.each(['blocking', 'subscriber', 'shared'] as const)('calls it for each connection (%s)', async (purpose) => {
    const client = connect(purpose);
    expect(await Promise.all([client.call('ACL', 'WHOAMI'), client.ping()])).toEqual(['app', 'PONG']);
    expect(asked).toBe(1);
    await rotate([server], 'two');
    expect(await client.ping()).toBe('PONG');
    await killClients([server]);
    await eventually(() => asked === 2 && client.status === 'ready');
    expect(await client.call('ACL', 'WHOAMI')).toBe('app');
  });

  test('calls it for each connection of its copies, whether they connect lazily or immediately', async () => {
    const client = connect('shared');
    const lazy = client.duplicate();
    const eager = lazy.duplicate({ lazyConnect: false, connectionName: 'copy' });
    started.undo(() => [lazy, eager].forEach((copy) => copy.disconnect()));
    for (const copy of [lazy, eager]) copy.on('error', () => {});
    await eventually(() => eager.status === 'ready');
    expect(lazy.status).toBe('wait');
    expect(await Promise.all([lazy, eager].map((copy) => copy.call('ACL', 'WHOAMI')))).toEqual(['app', 'app']);
    expect(await eager.client('GETNAME')).toBe('copy');
    await rotate([server], 'two');
    await killClients([server]);
    await eventually(async () => (await Promise.all([lazy.ping(), eager.ping()]).catch(() => [])).length === 2);
  });

  test('keeps its connection when the token changes, and sends a blocking command again after a reconnect', async () => {
    const client = connect('blocking');
    const popped = client.blpop('jobs', 0);
    await eventually(async () => String(await server.command('CLIENT', 'LIST')).includes('cmd=blpop'));
    await rotate([server], 'two');
    await killClients([server]);
    await eventually(() => asked === 2 && client.status === 'ready');
    await server.command('RPUSH', 'jobs', 'job');
    expect(await popped).toEqual(['jobs', 'job']);
  });

  test('restores its subscriptions with the new token', async () => {
    const subscriber = connect('subscriber');
    const received: string[] = [];
    subscriber.on('message', (_channel: string, message: string) => received.push(message));
    await subscriber.subscribe('news');
    await rotate([server], 'two');
    await killClients([server]);
    await eventually(async () => (await server.command('PUBLISH', 'news', 'again')) === 1);
    await eventually(() => received.includes('again'));
  });

  test('emits an error without the message of a function that rejects, and connects when it resolves again', async () => {
    isFailing = true;
    const client = connect('blocking');
    const errors: unknown[] = [];
    client.on('error', (error: unknown) => errors.push(error));
    const reply = client.ping();
    await eventually(() => asked > 2);
    expect(errors).toContainEqual(
      expect.objectContaining({ code: 'CONNECTION_FAILED', message: 'the password function failed (Error)' }),
    );
    expect(errors.map((error) => String((error as Error).stack)).join()).not.toContain('canary');
    isFailing = false;
    expect(await reply).toBe('PONG');
  });

  test('rejects the commands of a shared client when the function rejects, and none later', async () => {
    isFailing = true;
    const client = connect('shared');
    await expect(client.ping()).rejects.toBeInstanceOf(Error);
    isFailing = false;
    await eventually(() => client.status === 'ready');
    expect(await client.ping()).toBe('PONG');
  });

  test('goes on after a token that the server refuses', async () => {
    token = 'wrong';
    const client = connect('shared');
    await expect(client.ping()).rejects.toThrow('WRONGPASS');
    token = 'one';
    await eventually(() => client.status === 'ready');
    expect(await client.ping()).toBe('PONG');
  });

  test('fails an attempt whose function hangs, and ends immediately when it is closed meanwhile', async () => {
    const hanging = started.adapter(
      { host: '127.0.0.1', port: server.port, password: () => new Promise<string>(() => {}), connectTimeout: '50ms' },
      { resilience: { deadline: '10s' } },
    );
    const client = hanging.createClient('shared') as Redis;
    const errors: unknown[] = [];
    client.on('error', (error: unknown) => errors.push(error));
    client.connect().catch(() => {});
    await eventually(() => errors.length > 1);
    expect(errors[0]).toMatchObject({ code: 'CONNECTION_FAILED', message: expect.stringContaining('did not settle') });
    await eventually(() => client.status === 'connecting');
    client.disconnect();
    await eventually(() => client.status === 'end');
    await hanging.disconnect();
  });

  test('ends with its adapter while it waits for the password', async () => {
    let give: (given: string) => void = () => {};
    const waiting = started.adapter({
      host: '127.0.0.1',
      port: server.port,
      username: 'app',
      password: () => new Promise<string>((resolve) => (give = resolve)),
    });
    const clients = (['blocking', 'shared'] as const).map((purpose) => waiting.createClient(purpose) as Redis);
    const replies = clients.map((client) => client.ping().catch((error: Error) => error.message));
    await waiting.disconnect();
    await eventually(() => clients.every(({ status }) => status === 'end'));
    give('one');
    expect(await Promise.all(replies)).toEqual(['Connection is closed.', 'Connection is closed.']);
    expect(String(await server.command('CLIENT', 'LIST'))).not.toContain('user=app');
  });

  test('calls it outside the async context of the request that sends the first command', async () => {
    const context = new AsyncLocalStorage<string>();
    const contexts: unknown[] = [];
    const asking = async (): Promise<string> => {
      contexts.push(context.getStore());
      return 'one';
    };
    const options = { host: '127.0.0.1', port: server.port, username: 'app', password: asking };
    const client = started.adapter(options).createClient('shared');
    expect(await context.run('request', () => client.ping())).toBe('PONG');
    expect(contexts).toEqual([undefined]);
  });

  test('runs the jobs of BullMQ, also after the token has changed', async () => {
    const redis = adapter();
    const queue = new Queue<number, number>('mail', { connection: redis.createClient('blocking') });
    const worker = new Worker<number, number>('mail', async ({ data }) => data * 2, {
      connection: redis.createClient('blocking'),
    });
    const events = new QueueEvents('mail', { connection: redis.createClient('blocking') });
    queue.on('error', () => {});
    worker.on('error', () => {});
    events.on('error', () => {});
    started.undo(() => Promise.all([queue.close(), worker.close(true), events.close()]));
    await events.waitUntilReady();
    expect(await (await queue.add('first', 1)).waitUntilFinished(events, 10_000)).toBe(2);
    await rotate([server], 'two');
    await killClients([server]);
    expect(await (await queue.add('second', 2)).waitUntilFinished(events, 15_000)).toBe(4);
  });

  test('carries the broadcasts of socket.io with a copy of itself for the subscriptions', async () => {
    const redis = adapter();
    const serve = (): SocketServer => {
      const client = redis.createClient('shared') as Redis;
      const copy = client.duplicate();
      copy.on('error', () => {});
      const sockets = new SocketServer(createServer(), { adapter: createAdapter(client, copy) });
      started.undo(async () => {
        await sockets.close();
        // socket.io does not wait for its last commands. QUIT follows them.
        await copy.quit();
      });
      return sockets;
    };
    const [first, second] = [serve(), serve()];
    const received: unknown[] = [];
    second.on('news', (news: unknown) => received.push(news));
    await eventually(() => {
      first.serverSideEmit('news', { city: 'Bern' });
      return received.length > 0;
    });
    expect(received[0]).toEqual({ city: 'Bern' });
  });
});

describe('a Sentinel client of RedisAdapter.createClient with a password function', () => {
  test('calls it for the connection to the next master', async () => {
    const group = await RedisSentinels.start({ users: USERS });
    started.undo(() => group.stop());
    const client = adapterOf({ sentinels: addressesOf(group.sentinels), sentinelName: group.name }).createClient(
      'blocking',
    ) as Redis;
    expect(await client.set('k', '1')).toBe('OK');
    await rotate(group.servers, 'two');
    await group.killMaster();
    expect(await client.set('k', '2')).toBe('OK');
    expect(asked).toBeGreaterThan(1);
  });
});

describe('a Cluster client of RedisAdapter.createClient with a password function', () => {
  let cluster: RedisCluster;
  beforeEach(async () => {
    cluster = await RedisCluster.start({ replicasPerMaster: 0, users: USERS });
  });
  afterEach(() => cluster.stop());
  const create = (purpose: 'blocking' | 'shared'): Cluster => {
    const client = adapterOf({ nodes: addressesOf(cluster.nodes) }).createClient(purpose);
    started.undo(() => client.disconnect());
    expect(client).toBeInstanceOf(Cluster);
    return client as Cluster;
  };
  const keys = ['a', 'b', 'c'];
  const set = (client: Cluster): Promise<string[]> => Promise.all(keys.map((key) => client.set(key, '1')));

  test('calls it for each connection to a node, also those of its copies', async () => {
    const client = create('shared');
    expect(await set(client)).toEqual(['OK', 'OK', 'OK']);
    await rotate(cluster.nodes, 'two');
    await killClients(cluster.nodes);
    await eventually(async () => (await set(client).catch(() => [])).length === 3);
    const copy = client.duplicate([], { lazyConnect: false });
    started.undo(() => copy.disconnect());
    copy.on('error', () => {});
    expect(await set(copy)).toEqual(['OK', 'OK', 'OK']);
  });

  test('subscribes with the current token, and again after that connection is lost', async () => {
    const client = create('blocking');
    await set(client);
    await rotate(cluster.nodes, 'two');
    const received: string[] = [];
    client.on('message', (_channel: string, message: string) => received.push(message));
    await client.subscribe('news');
    await rotate(cluster.nodes, 'three');
    for (const node of cluster.nodes) await node.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await eventually(async () => {
      await client.publish('news', 'again').catch(() => {});
      return received.includes('again');
    });
  });

  test('emits an error without the message of a function that rejects, and connects when it resolves again', async () => {
    isFailing = true;
    const client = create('blocking');
    const errors: unknown[] = [];
    client.on('error', (error: unknown) => errors.push(error));
    const reply = client.set('a', '1');
    await eventually(() => asked > 6);
    expect(errors).toContainEqual(
      expect.objectContaining({ code: 'CONNECTION_FAILED', message: 'the password function failed (Error)' }),
    );
    expect(errors.map((error) => String((error as Error).stack)).join()).not.toContain('canary');
    isFailing = false;
    expect(await reply).toBe('OK');
  });
});
