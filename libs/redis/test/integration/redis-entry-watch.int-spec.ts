import { AsyncLocalStorage } from 'node:async_hooks';
import { Redis } from 'ioredis';
import { RedisCluster, type RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { SettledLeases } from '../../src/adapters/redis/entries/settled-leases.js';
import { subscriberParams } from '../../src/adapters/connection/client/client.factory.js';
import { entriesOf, leaseOf, LOADED } from '../support/entries.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** The number of connections that are subscribed to a channel. */
async function subscribers(server: RedisServer): Promise<number> {
  const clients = String(await server.command('CLIENT', 'LIST'));
  return clients.split('\n').filter((line) => / sub=[1-9]/.test(line)).length;
}

describe('the watchers of an adapter', () => {
  test('share one connection, which is opened for the first of them', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    await entries.readValue('a');
    expect(await subscribers(server)).toBe(0);
    await Promise.all(['a', 'b', 'c'].map((key) => entries.watch(key, () => {})));
    expect(await subscribers(server)).toBe(1);
  });

  test('are all notified after the connection was lost, and receive later messages', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    const counts = { a: 0, b: 0 };
    await entries.watch('a', () => void counts.a++);
    await entries.watch('b', () => void counts.b++);
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => counts.a === 1 && counts.b === 1);
    await entries.acquire('a', leaseOf('load'));
    await entries.acquire('a', leaseOf('waiting'));
    await entries.publish('a', 'load', LOADED);
    await eventually(() => counts.a === 2);
    expect(counts.b).toBe(1);
  });

  test('are notified after a restart of the server', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    let settled = 0;
    await entries.watch('a', () => void settled++);
    await server.restart();
    await eventually(() => settled === 1);
    expect(await subscribers(server)).toBe(1);
  });

  test('reject if the user may not subscribe', async () => {
    const users = { app: { password: 'a password of the test', rules: '~* +@all resetchannels' } };
    const server = await started.server({ users });
    const entries = entriesOf(started.adapter(server.urlOf({ user: 'app' })));
    const { code, context } = await failure(entries.watch('a', () => {}));
    expect([code, context.reply]).toEqual(['COMMAND_FAILED', 'NOPERM']);
    expect(await subscribers(server)).toBe(0);
  });

  test('reject while the server is unavailable', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    await entries.readValue('a');
    await server.kill();
    expect(await codeOf(entries.watch('a', () => {}))).toBe('CONNECTION_FAILED');
  });

  test('end with disconnect, and can be added again after connect', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    let settled = 0;
    await entries.watch('a', () => void settled++);
    await adapter.disconnect();
    expect(settled).toBe(1);
    await eventually(async () => (await subscribers(server)) === 0);
    expect(await codeOf(entries.watch('a', () => {}))).toBe('CLOSED');
    await adapter.connect();
    expect(await codeOf(entries.watch('a', () => {}))).toBe('ok');
  });

  test('that are being added when the adapter disconnects leave no connection', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    const entries = entriesOf(adapter);
    await entries.readValue('a');
    const watching = codeOf(entries.watch('a', () => {}));
    await adapter.disconnect();
    expect(['CLOSED', 'CONNECTION_FAILED']).toContain(await watching);
    await eventually(async () => (await subscribers(server)) === 0);
  });

  test('are notified outside the async context of the request that opened the connection', async () => {
    const server = await started.server();
    const entries = entriesOf(started.adapter(server.url));
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await request.run('first', () => entries.watch('a', () => void seen.push(request.getStore())));
    await entries.acquire('a', leaseOf('load'));
    await entries.acquire('a', leaseOf('waiting'));
    await entries.release('a', 'load');
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([undefined]);
  });

  test('in a cluster are notified by every node, also after the subscribed node was lost', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 1 });
    started.undo(() => cluster.stop());
    const entries = entriesOf(started.adapter(cluster.url, { resilience: { deadline: '5s' } }));
    await entries.readValue('a');
    const counts = new Map<string, number>();
    const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);
    for (const key of keys) await entries.watch(key, () => void counts.set(key, (counts.get(key) ?? 0) + 1));
    for (const key of keys) {
      await entries.acquire(key, leaseOf('load'));
      await entries.acquire(key, leaseOf('waiting'));
      await entries.release(key, 'load');
    }
    await eventually(() => keys.every((key) => (counts.get(key) ?? 0) > 0));
    counts.clear();
    await cluster.killMaster('~done');
    await eventually(() => keys.every((key) => (counts.get(key) ?? 0) > 0), 30_000);
  }, 60_000);
});

describe('the connection of the watchers', () => {
  /** Timers that run when the test says so. */
  function timersByHand() {
    const waiting = new Map<() => void, number>();
    const after = (ms: number, work: () => void): (() => void) => {
      waiting.set(work, ms);
      return () => void waiting.delete(work);
    };
    const run = (): void => {
      const due = [...waiting.keys()];
      waiting.clear();
      for (const work of due) work();
    };
    return { after, afterInBackground: after, run, delays: () => [...waiting.values()] };
  }

  async function opened() {
    const server = await started.server();
    const timers = timersByHand();
    const create = (): Redis => new Redis(server.url, { ...subscriberParams(2000), lazyConnect: true });
    const leases = new SettledLeases({ channel: 'ends', create, timers });
    started.undo(() => leases.close());
    return { server, timers, leases };
  }

  test('is closed when there was no watcher for 30 s, and opened again for the next one', async () => {
    const { server, timers, leases } = await opened();
    const stop = await leases.watch('a', () => {});
    expect(timers.delays()).toEqual([]);
    stop();
    expect(timers.delays()).toEqual([30_000]);
    const next = await leases.watch('a', () => {});
    expect(timers.delays()).toEqual([]);
    next();
    timers.run();
    await eventually(async () => (await subscribers(server)) === 0);
    await leases.watch('a', () => {});
    expect(await subscribers(server)).toBe(1);
  });

  test('is opened again after a loss only while there are watchers', async () => {
    const { server, timers, leases } = await opened();
    const stop = await leases.watch('a', () => {});
    stop();
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => timers.delays().some((ms) => ms < 30_000));
    timers.run();
    await leases.watch('b', () => {});
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => timers.delays().length > 0);
    expect(await subscribers(server)).toBe(0);
    timers.run();
    await eventually(async () => (await subscribers(server)) === 1);
  });
});
