import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);

function adapterOf(url: string, poolSize: number, resilience = {}): RedisAdapter {
  const adapter = new RedisAdapter({ url, poolSize }, { keyPrefix: 'p:', resilience });
  started.undo(() => adapter.disconnect());
  return adapter;
}

describe('a pool of connections', () => {
  test('has poolSize connections, and always uses the same one for a key', async () => {
    const server = await started.server();
    const adapter = adapterOf(server.url, 4);
    await adapter.connect();
    expect(adapter.status()).toMatchObject({ state: 'up', pool: { size: 4, inFlight: 0, pending: 0, reconnects: 0 } });
    const watcher = new Redis(server.url);
    started.undo(() => watcher.disconnect());
    const monitor = await watcher.monitor();
    started.undo(() => monitor.disconnect());
    const sources = new Map<string, Set<string>>();
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      // MONITOR also reports the commands of a script.
      if (source === 'lua') return;
      for (const key of args.filter((arg) => arg.startsWith('p:'))) {
        sources.set(key, (sources.get(key) ?? new Set()).add(source));
      }
    });
    await adapter.setMany(keys.map((key) => ({ key, value: key })));
    await Promise.all(keys.map((key) => adapter.get(key)));
    await Promise.all(keys.map((key) => adapter.incr(`${key}:n`)));
    await adapter.getMany(keys);
    await Promise.all(keys.map((key) => adapter.ttl(key)));
    await adapter.deleteMany(keys);
    await watcher.ping();
    await eventually(() => sources.size === 2 * keys.length);
    expect([...sources.values()].map(({ size }) => size)).toEqual(Array(2 * keys.length).fill(1));
    expect(new Set([...sources.values()].flatMap((each) => [...each])).size).toBe(4);
  });

  test('returns the values of getMany in the order of its keys, and removes keys of all connections', async () => {
    const server = await started.server();
    const adapter = adapterOf(server.url, 3);
    await adapter.setMany(keys.map((key, i) => ({ key, value: i })));
    expect(await adapter.getMany([...keys, 'none', 'key:0'])).toEqual([...keys.keys(), undefined, 0]);
    expect(await adapter.deleteMany(keys.slice(0, 30))).toBe(30);
    expect(await adapter.clear()).toBe(70);
    expect(await server.command('DBSIZE')).toBe(0);
  });

  test('stays up when one connection is lost, and reconnects it', async () => {
    const server = await started.server();
    const adapter = adapterOf(server.url, 3);
    await adapter.setMany(keys.map((key, i) => ({ key, value: i })));
    const changes: string[] = [];
    adapter.on('down', ({ code }) => changes.push(code));
    adapter.on('circuit-open', ({ code }) => changes.push(code));
    const [id] = /id=(\d+)/.exec(String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal')))?.slice(1) ?? [];
    await server.command('CLIENT', 'KILL', 'ID', String(id));
    await eventually(() => adapter.status().pool.reconnects === 1);
    await eventually(async () => new Set(await Promise.all(keys.map((key) => codeOf(adapter.get(key))))).size === 1);
    expect(await adapter.getMany(keys)).toEqual([...keys.keys()]);
    expect(changes).toEqual([]);
    expect(adapter.status().state).toBe('up');
  });

  test('is down when all connections are lost', async () => {
    const server = await started.server();
    const adapter = adapterOf(server.url, 3);
    await adapter.connect();
    await server.kill();
    await eventually(() => adapter.status().state === 'down');
    await eventually(() => adapter.status().circuits.read !== 'closed');
    await server.restart();
    await eventually(async () => (await codeOf(adapter.set('k', 1))) === 'ok');
    expect(adapter.status()).toMatchObject({ state: 'up', circuits: { read: 'closed', write: 'closed' } });
  });
});

describe('a timed-out write', () => {
  const LARGE = 'x'.repeat(64 * 1024);

  /** Writes a new value each time until a write is acknowledged. Returns that value. */
  async function writeUntilAcknowledged(adapter: RedisAdapter): Promise<number> {
    let value = 0;
    await eventually(async () => (await codeOf(adapter.set('k', ++value))) === 'ok', 20_000);
    return value;
  }

  test.each([1, 2])('never overwrites a newer write on a slow network, with poolSize %i', async (poolSize) => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = adapterOf(proxy.url, poolSize, { deadline: '200ms', retry: false });
    await adapter.connect();
    // The first write is in transit for four seconds, much longer than a reconnect takes.
    proxy.throttle(16 * 1024, 'requests');
    expect(await codeOf(adapter.set('k', LARGE))).toBe('DEADLINE_EXCEEDED');
    const last = await writeUntilAcknowledged(adapter);
    proxy.throttle(Infinity, 'requests');
    await eventually(() => proxy.stats.open === poolSize, 20_000);
    expect(await adapter.get('k')).toBe(last);
  });

  test('never overwrites a newer write after the server was frozen', async () => {
    const server = await started.server();
    const adapter = adapterOf(server.url, 2, { deadline: '200ms', retry: false });
    await adapter.connect();
    server.freeze();
    for (let i = 0; i < 3; i++) expect(await codeOf(adapter.set('k', LARGE))).toMatch(/DEADLINE_EXCEEDED|CIRCUIT_OPEN/);
    server.thaw();
    const last = await writeUntilAcknowledged(adapter);
    // By then, the server would have executed the commands of the old connection.
    await eventually(async () => {
      const clients = String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal'));
      return clients.split('\n').filter(Boolean).length <= 3;
    });
    expect(await adapter.get('k')).toBe(last);
  });

  test('is waited for if the ACL user may not run CLIENT KILL', async () => {
    const server = await started.server({
      users: { app: { password: 'a password', rules: '~* &* +@all -client|kill -client|info' } },
    });
    const adapter = adapterOf(server.urlOf({ user: 'app' }), 1);
    await adapter.set('k', 1);
    await server.command('CLIENT', 'KILL', 'USER', 'app');
    await eventually(async () => (await codeOf(adapter.set('k', 2))) === 'ok');
    expect(await adapter.get('k')).toBe(2);
  });
});
