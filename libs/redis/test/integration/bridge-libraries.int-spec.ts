import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { Test } from '@nestjs/testing';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { Cluster, Redis } from 'ioredis';
import { RedisCluster, RedisSentinels, RedisServer } from 'nestjs-redis-infra/testing';
import { Server as SocketServer } from 'socket.io';
import { io } from 'socket.io-client';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisAdapter, RedisModule } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

const DEADLINE = { resilience: { deadline: '10s' } } as const;

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const started = resourcesPerTest();
const adapter = (): RedisAdapter => started.adapter(server.url, { keyPrefix: 'app:', ...DEADLINE });
const connections = async (): Promise<number> =>
  String(await server.command('CLIENT', 'LIST', 'TYPE', 'NORMAL')).split('\n').length;

describe('BullMQ on clients of RedisAdapter.createClient', () => {
  test('runs jobs, and reports their results', async () => {
    const redis = adapter();
    const queue = new Queue<{ city: string }, string>('mail', { connection: redis.createClient('shared') });
    const connection = redis.createClient('blocking');
    const worker = new Worker<{ city: string }, string>('mail', async ({ data }) => data.city.toUpperCase(), {
      connection,
    });
    const events = new QueueEvents('mail', { connection: redis.createClient('blocking') });
    started.undo(() => Promise.all([queue.close(), worker.close(), events.close()]));
    await events.waitUntilReady();
    const jobs = await queue.addBulk(['bern', 'thun'].map((city) => ({ name: 'send', data: { city } })));
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 10_000)));
    expect(results).toEqual(['BERN', 'THUN']);
  });

  test('goes on after its server was restarted', async () => {
    const own = await started.server();
    const redis = started.adapter(own.url, DEADLINE);
    const queue = new Queue<number, number>('after', { connection: redis.createClient('blocking') });
    const worker = new Worker<number, number>('after', async ({ data }) => data, {
      connection: redis.createClient('blocking'),
    });
    worker.on('error', () => {});
    queue.on('error', () => {});
    const done: number[] = [];
    worker.on('completed', (_, result) => done.push(result));
    started.undo(() => Promise.all([queue.close(), worker.close(true)]));
    await queue.add('first', 1);
    await eventually(() => done.includes(1), 10_000);
    await own.kill();
    await own.restart();
    await queue.add('second', 2);
    await eventually(() => done.includes(2), 15_000);
  });
});

describe('socket.io on clients of RedisAdapter.createClient', () => {
  test('broadcasts from one server to the sockets of another', async () => {
    const redis = adapter();
    const start = async (): Promise<{ sockets: SocketServer; url: string }> => {
      const http = createServer();
      const clients = [redis.createClient('shared'), redis.createClient('subscriber')] as const;
      const sockets = new SocketServer(http, { adapter: createAdapter(...clients) });
      started.undo(() => sockets.close());
      await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
      return { sockets, url: `http://127.0.0.1:${portOf(http)}` };
    };
    const [first, second] = [await start(), await start()];
    const socket = io(second.url, { transports: ['websocket'] });
    started.undo(() => socket.close());
    const received: unknown[] = [];
    socket.on('news', (news: unknown) => received.push(news));
    await eventually(() => socket.connected);
    await eventually(async () => (await first.sockets.fetchSockets()).length === 1);
    first.sockets.emit('news', { city: 'Bern' });
    await eventually(() => received.length > 0);
    expect(received).toEqual([{ city: 'Bern' }]);
  });
});

describe('connect-redis on a client of RedisAdapter.createClient', () => {
  test('keeps the session of express-session', async () => {
    const redis = adapter();
    const store = new RedisStore({ client: redis.createClient('shared'), prefix: 'app:session:' });
    const withSession = session({ store, secret: 'secret', resave: false, saveUninitialized: false });
    const http = createServer((request, response) => {
      const handler: Parameters<typeof withSession> = [
        Object.assign(request),
        Object.assign(response),
        () => {
          const { session: current } = handler[0];
          current.visits = (current.visits ?? 0) + 1;
          response.end(String(current.visits));
        },
      ];
      withSession(...handler);
    });
    const agent = supertest.agent(http);
    expect((await agent.get('/')).text).toBe('1');
    expect((await agent.get('/')).text).toBe('2');
    expect((await supertest(http).get('/')).text).toBe('1');
    expect(await server.command('KEYS', 'app:session:*')).toHaveLength(2);
  });

  test('rejects while Redis is unavailable, and goes on when it is back', async () => {
    const own = await started.server();
    const client = started.adapter(own.url, DEADLINE).createClient('shared');
    expect(await client.set('a', '1')).toBe('OK');
    await own.kill();
    await expect(client.get('a')).rejects.toBeInstanceOf(Error);
    await own.restart();
    await eventually(() =>
      client.set('a', '2').then(
        () => true,
        () => false,
      ),
    );
  });
});

describe('RedisAdapter.createClient', () => {
  test('closes its clients with the adapter, also while they wait on the server', async () => {
    const before = await connections();
    const redis = adapter();
    const clients = (['blocking', 'subscriber', 'shared'] as const).map((purpose) => redis.createClient(purpose));
    const blocked = codeOf((clients[0] as Redis).blpop('none', 0));
    await Promise.all(clients.slice(1).map((client) => client.ping()));
    await eventually(async () => (await connections()) >= before + 3);
    await redis.disconnect();
    expect(await blocked).not.toBe('ok');
    await eventually(async () => (await connections()) <= before);
    expect(clients.map(({ status }) => status)).toEqual(['end', 'end', 'end']);
  });

  test('closes its clients after the commands in flight, which do not reject', async () => {
    const redis = adapter();
    const clients = (['subscriber', 'shared'] as const).map((purpose) => redis.createClient(purpose));
    const replies = clients.map((client) => client.ping());
    await redis.disconnect();
    expect(await Promise.all(replies)).toEqual(['PONG', 'PONG']);
    await eventually(() => clients.every(({ status }) => status === 'end'));
  });

  test('closes its clients with the module', async () => {
    const app = await Test.createTestingModule({
      imports: [RedisModule.forRoot({ connection: server.url })],
    }).compile();
    await app.init();
    const client = app.get(RedisAdapter).createClient('shared');
    expect(await client.ping()).toBe('PONG');
    await app.close();
    await eventually(() => client.status === 'end');
  });

  test('restores subscriptions after a reconnect', async () => {
    const own = await started.server();
    const redis = started.adapter(own.url, DEADLINE);
    const [subscriber, publisher] = [redis.createClient('subscriber'), redis.createClient('shared')];
    const received: string[] = [];
    subscriber.on('message', (_channel: string, message: string) => received.push(message));
    await subscriber.subscribe('news');
    await own.command('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await eventually(async () => (await publisher.publish('news', 'again')) === 1);
    await eventually(() => received.includes('again'));
  });

  test('does not limit the time of a blocking command', async () => {
    const client = adapter().createClient('blocking');
    expect(await (client as Redis).blpop('none', 0.7)).toBeNull();
    expect(client.options).toMatchObject({ maxRetriesPerRequest: null, enableOfflineQueue: true });
    expect((client as Redis).options.commandTimeout).toBeUndefined();
  });

  test('signs in with the user of the adapter', async () => {
    const own = await started.server({ users: { app: { password: 'first', rules: '~* &* +@all' } } });
    const options = { host: '127.0.0.1', port: own.port, username: 'app' };
    const client = started.adapter({ ...options, password: 'first' }, DEADLINE).createClient('shared');
    expect(await client.call('ACL', 'WHOAMI')).toBe('app');
  });

  test('follows the master that the Sentinels name', async () => {
    const group = await RedisSentinels.start();
    started.undo(() => group.stop());
    const client = started.adapter(group.url, DEADLINE).createClient('blocking');
    expect(await client.set('k', '1')).toBe('OK');
    const old = await group.killMaster();
    expect(await client.set('k', '2')).toBe('OK');
    expect((client as Redis).options.port).not.toBe(old.port);
  });

  test('creates a Cluster in a cluster', async () => {
    const cluster = await RedisCluster.start();
    started.undo(() => cluster.stop());
    const redis = started.adapter(cluster.url, DEADLINE);
    const client = redis.createClient('blocking');
    expect(client).toBeInstanceOf(Cluster);
    for (const key of ['a', 'b', 'c']) expect(await client.set(key, '1')).toBe('OK');
    await redis.disconnect();
    await expect(client.get('a')).rejects.toBeInstanceOf(Error);
    await eventually(() => client.status === 'close' || client.status === 'end');
  });

  test('is UNSUPPORTED on the embedded store, and refuses another purpose', () => {
    const memory = started.adapter('memory://');
    expect(() => memory.createClient('shared')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(() => adapter().createClient('pubsub' as 'shared')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path: 'purpose' } }),
    );
  });
});

function portOf(http: Server): number {
  return (http.address() as AddressInfo).port;
}
