import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { connectOutsideRequests } from '../../src/adapters/ioredis-seams/connect-outside-requests.js';
import { connectorOf, onSocket } from '../../src/adapters/ioredis-seams/connector.js';
import { onCopy } from '../../src/adapters/ioredis-seams/copies.js';
import { corkHandshake } from '../../src/adapters/ioredis-seams/handshake-cork.js';
import { watchHandshake } from '../../src/adapters/ioredis-seams/handshake-watch.js';
import { keepBackOff } from '../../src/adapters/ioredis-seams/keep-back-off.js';
import { refreshPassword } from '../../src/adapters/ioredis-seams/password-refresh.js';
import { stopConnecting, stopReconnecting } from '../../src/adapters/ioredis-seams/stop-reconnecting.js';
import { corkWrites } from '../../src/adapters/ioredis-seams/write-cork.js';
import { TickScheduler } from '../../src/adapters/wire/tick-scheduler.js';
import { eventually } from '../support/eventually.js';
import { errorsOf, rawClients } from './support/raw-clients.js';

const clients = rawClients();
let server: RedisServer;
beforeEach(async () => {
  server = await clients.server();
});

describe('connect-outside-requests.ts', () => {
  test.each([
    ['runs the events of a connection outside the context of the request that opened it', true, undefined],
    ['is needed: without it, the events run in the context of that request', false, 'request'],
  ])('%s', async (_, isInstalled, expected) => {
    const context = new AsyncLocalStorage<string>();
    const redis = clients.redis({ port: server.port });
    if (isInstalled) connectOutsideRequests(redis);
    const seen = new Promise((resolve) => redis.once('ready', () => resolve(context.getStore())));
    await context.run('request', () => redis.ping());
    expect(await seen).toBe(expected);
  });
});

describe('connector.ts', () => {
  test('shows each socket before it is connected, and forgets it when it is closed', async () => {
    const redis = clients.redis({ port: server.port, retryStrategy: () => 10 });
    const sockets: { readonly socket: Socket; readonly isConnecting: boolean }[] = [];
    onSocket(redis, (socket) => sockets.push({ socket, isConnecting: socket.connecting }));
    await redis.connect();
    redis.stream.destroy();
    await eventually(() => sockets.length === 2 && redis.status === 'ready');
    expect(sockets.map(({ isConnecting }) => isConnecting)).toEqual([true, true]);
    redis.disconnect();
    await once(redis, 'end');
    expect(connectorOf(redis)).toHaveProperty('stream', undefined);
  });
});

describe('copies.ts', () => {
  test('shows each copy of a client before it connects, also one that connects by itself', async () => {
    const redis = clients.redis({ port: server.port });
    const seen: string[] = [];
    onCopy(redis, (copy) => {
      seen.push(copy.status);
      clients.undo(() => copy.disconnect());
    });
    const copies = [redis.duplicate(), redis.duplicate({ lazyConnect: false })] as const;
    expect(seen).toEqual(['wait', 'wait']);
    expect(copies.map(({ status }) => status)).toEqual(['wait', 'connecting']);
    await once(copies[1], 'ready');
    expect(copies.map(({ options }) => options.lazyConnect)).toEqual([true, false]);
  });
});

describe('handshake-cork.ts', () => {
  test('holds the commands of the handshake until the socket is connected, and then sends them', async () => {
    const redis = clients.redis({ port: server.port, db: 1 });
    corkHandshake(redis);
    const held = new Promise((resolve) =>
      redis.once('connect', () => resolve([redis.stream.writableCorked, redis.stream.writableLength > 0])),
    );
    await redis.connect();
    expect(await held).toEqual([1, true]);
    expect(redis.stream.writableCorked).toBe(0);
    expect(await redis.client('INFO')).toContain(' db=1 ');
  });
});

describe('handshake-watch.ts', () => {
  test('destroys the connection to a server that accepts it and sends no byte', async () => {
    const proxy = await clients.proxy(server);
    proxy.blackHole();
    const redis = clients.redis({ port: proxy.port, retryStrategy: () => null });
    const errors = errorsOf(redis);
    watchHandshake(redis, 50);
    await expect(redis.connect()).rejects.toThrow('Connection is closed');
    expect(errors).toContainEqual(expect.objectContaining({ code: 'ETIMEDOUT' }));
  });
});

describe('keep-back-off.ts', () => {
  test('makes the number of attempts continue after a connection that was ready', async () => {
    const attempts: number[] = [];
    const retryStrategy = (attempt: number): number => {
      attempts.push(attempt);
      return 1;
    };
    const redis = clients.redis({ port: server.port, retryStrategy });
    await redis.connect();
    keepBackOff(redis, 7);
    redis.stream.destroy();
    await eventually(() => attempts.length === 1 && redis.status === 'ready');
    expect(attempts).toEqual([8]);
  });
});

describe('password-refresh.ts', () => {
  test('reads the password before each attempt, also before those of ioredis', async () => {
    const locked = await clients.server({ requirepass: 'one' });
    let password = 'one';
    const redis = clients.redis({ port: locked.port, retryStrategy: () => 10 });
    refreshPassword(redis, async () => password);
    await redis.connect();
    expect(await redis.config('SET', 'requirepass', 'two')).toBe('OK');
    password = 'two';
    redis.stream.destroy();
    await once(redis, 'ready');
    expect(await redis.ping()).toBe('PONG');
  });

  test('holds a command that arrives before the password, which authenticates the user of the options', async () => {
    const locked = await clients.server({ users: { app: { password: 'one', rules: '~* &* +@all' } } });
    const redis = clients.redis({ port: locked.port, username: 'app', enableOfflineQueue: true });
    let give: (password: string) => void = () => {};
    refreshPassword(redis, () => new Promise((resolve) => (give = resolve)));
    const users = [redis.call('ACL', 'WHOAMI'), redis.call('ACL', 'WHOAMI')];
    expect(redis.status).toBe('connecting');
    give('one');
    expect(await Promise.all(users)).toEqual(['app', 'app']);
  });

  test('fails an attempt whose password cannot be read with that error, and the next attempt reads it again', async () => {
    const failure = new Error('no password');
    let attempts = 0;
    const redis = clients.redis({ port: server.port, retryStrategy: () => 10, enableOfflineQueue: true });
    redis.options.maxRetriesPerRequest = null;
    const errors = errorsOf(redis);
    refreshPassword(redis, () => (++attempts < 3 ? Promise.reject(failure) : Promise.resolve(undefined)));
    expect(await redis.ping()).toBe('PONG');
    expect(errors).toEqual([failure, failure]);
  });

  test('ends a client that is disconnected while it waits for the password, and rejects its commands', async () => {
    const redis = clients.redis({ port: server.port, retryStrategy: () => 10, enableOfflineQueue: true });
    let give: (password: string) => void = () => {};
    refreshPassword(redis, () => new Promise((resolve) => (give = resolve)));
    const reply = redis.ping().catch((error: Error) => error.message);
    redis.disconnect();
    expect(await reply).toBe('Connection is closed.');
    give('late');
    await sleep(10);
    expect(redis.status).toBe('end');
  });
});

describe('stop-reconnecting.ts', () => {
  test('ends the attempts of a client that cannot connect', async () => {
    let attempts = 0;
    const redis = clients.redis({ port: 1, retryStrategy: () => ++attempts && 1 });
    redis.connect().catch(() => {});
    await eventually(() => attempts > 2);
    stopReconnecting(redis);
    await eventually(() => redis.status === 'end');
  });

  test('ends the attempts of a cluster client that waits for the next one', async () => {
    let attempts = 0;
    const cluster = clients.cluster([{ port: 1 }], { clusterRetryStrategy: () => ++attempts && 1 });
    cluster.connect().catch(() => {});
    await eventually(() => attempts > 2 && cluster.status === 'reconnecting');
    stopConnecting(cluster);
    const before = attempts;
    await expect(cluster.connect()).rejects.toThrow('the cluster was disconnected');
    await sleep(50);
    expect([cluster.status, attempts]).toEqual(['reconnecting', before]);
  });
});

describe('write-cork.ts', () => {
  test('holds the commands of a tick, and sends them in order at its end', async () => {
    const redis = clients.redis({ port: server.port });
    corkWrites(redis, new TickScheduler());
    await redis.connect();
    const replies = [redis.append('k', 'a'), redis.append('k', 'b'), redis.get('k')];
    const { writableCorked, bytesWritten } = redis.stream;
    expect(writableCorked).toBe(1);
    expect(await Promise.all(replies)).toEqual([1, 2, 'ab']);
    expect(redis.stream.writableCorked).toBe(0);
    expect(redis.stream.bytesWritten).toBe(bytesWritten);
  });
});
