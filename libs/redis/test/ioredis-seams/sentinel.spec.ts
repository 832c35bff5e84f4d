import { Command, type Redis } from 'ioredis';
import { RedisSentinels } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clearTimeouts } from '../../src/adapters/ioredis-seams/sentinel/command-timeouts.js';
import { withReadableNatMap } from '../../src/adapters/ioredis-seams/nat-map.js';
import { surviveFailovers } from '../../src/adapters/ioredis-seams/sentinel/sentinel-failover.js';
import {
  watchSentinelQueries,
  type SentinelQueryHandlers,
} from '../../src/adapters/ioredis-seams/sentinel/sentinel-queries.js';
import { eventually } from '../support/eventually.js';
import { errorsOf, rawClients } from './support/raw-clients.js';

const clients = rawClients();

let group: RedisSentinels;
beforeAll(async () => {
  group = await RedisSentinels.start({ replicas: 1, sentinels: 1 });
});
afterAll(() => group.stop());

const sentinels = (): { host: string; port: number }[] =>
  group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));

function handlers(handle: Partial<SentinelQueryHandlers> = {}): SentinelQueryHandlers {
  const error = (): Error => new Error('not expected');
  return { onConnection: () => {}, failure: error, notMaster: error, ...handle };
}

describe('sentinel/sentinel-queries.ts', () => {
  test('shows each connection to a Sentinel before it connects', async () => {
    const redis = clients.redis({ sentinels: sentinels(), name: group.name });
    const seen: string[] = [];
    watchSentinelQueries(redis, handlers({ onConnection: ({ status }) => void seen.push(status) }));
    await redis.connect();
    expect(await redis.role()).toContain('master');
    expect(seen).toEqual(['wait']);
  });

  test('replaces the error of an attempt, and has the failure of each Sentinel', async () => {
    const seen: (readonly unknown[])[] = [];
    const failure = (failures: readonly unknown[]): Error => {
      seen.push([...failures]);
      return new Error('no such group');
    };
    const options = { sentinelRetryStrategy: () => null, retryStrategy: () => null };
    const redis = clients.redis({ sentinels: sentinels(), name: 'other', ...options });
    watchSentinelQueries(redis, handlers({ failure }));
    const errors = errorsOf(redis);
    await expect(redis.connect()).rejects.toThrow('no such group');
    expect(seen.at(-1)).toEqual([expect.objectContaining({ message: 'ERR No such master with that name' })]);
    expect(errors.map(String)).not.toContain('Error: not expected');
  });

  test('reports a server that is no master', async () => {
    const [replica] = await group.replicas();
    const natMap = { [`127.0.0.1:${(await group.master()).port}`]: { host: '127.0.0.1', port: Number(replica?.port) } };
    const redis = clients.redis({ sentinels: sentinels(), name: group.name, natMap, retryStrategy: () => null });
    watchSentinelQueries(redis, handlers({ notMaster: () => new Error('no master') }));
    const errors = errorsOf(redis);
    await expect(redis.connect()).rejects.toThrow('Connection is closed');
    expect(errors.map(String)).toContain('Error: no master');
  });
});

describe('sentinel/sentinel-failover.ts', () => {
  /** A client that asks a frozen Sentinel for the master. `answer` lets the Sentinel answer. */
  function asking(): { redis: Redis; connecting: Promise<void>; announce: () => void; answer: () => void } {
    const [sentinel] = group.sentinels;
    const redis = clients.redis({ sentinels: sentinels(), name: group.name, retryStrategy: () => 10 });
    surviveFailovers(redis);
    sentinel?.freeze();
    clients.undo(() => sentinel?.thaw());
    const connector: unknown = Reflect.get(redis, 'connector');
    return {
      redis,
      connecting: redis.connect(),
      // The failover detector of ioredis calls the same method.
      announce: () => (connector as { disconnect(): void }).disconnect(),
      answer: () => sentinel?.thaw(),
    };
  }

  test('connects again when a failover is announced while the client asks for the master', async () => {
    const { redis, connecting, announce, answer } = asking();
    let closed = 0;
    redis.on('close', () => closed++);
    const settled = connecting.catch(() => {});
    announce();
    answer();
    await settled;
    await eventually(() => closed === 1 && redis.status === 'ready');
    expect(await redis.role()).toContain('master');
  });

  test('lets the application disconnect a client that asks for the master', async () => {
    const { redis, connecting, answer } = asking();
    redis.disconnect();
    answer();
    await expect(connecting).rejects.toThrow('Connection is closed');
    expect(redis.status).toBe('end');
  });
});

describe('sentinel/command-timeouts.ts', () => {
  /** The timer of a command that is rejected by a disconnect. */
  async function timerAfterDisconnect(prepare: (redis: Redis) => void): Promise<unknown> {
    const proxy = await clients.proxy(group.sentinels[0]!.port);
    const redis = clients.redis({ port: proxy.port, commandTimeout: 60_000, enableReadyCheck: false });
    prepare(redis);
    await redis.connect();
    proxy.blackHole();
    const command = new Command('ping', []);
    void redis.sendCommand(command);
    redis.disconnect();
    await expect(command.promise).rejects.toThrow('Connection is closed');
    const timer: unknown = Reflect.get(command, '_commandTimeoutTimer');
    return timer === undefined ? undefined : Reflect.get(timer as object, '_destroyed');
  }

  test('clears the timer of a command that is rejected', async () => {
    expect([undefined, true]).toContain(await timerAfterDisconnect(clearTimeouts));
  });
});

describe('nat-map.ts', () => {
  test('makes ioredis connect to the address that a function returns', async () => {
    const master = await group.master();
    const proxy = await clients.proxy(master);
    const natMap = (key: string) =>
      key === `127.0.0.1:${master.port}` ? { host: '127.0.0.1', port: proxy.port } : null;
    const redis = clients.redis(withReadableNatMap({ sentinels: sentinels(), name: group.name, natMap }));
    await redis.connect();
    expect(redis.stream).toHaveProperty('remotePort', proxy.port);
  });
});
