import { connect, createServer, type AddressInfo } from 'node:net';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';

let server: RedisServer;
let adapter: RedisAdapter;
let chunks = 0;

/** Counts the chunks in which the bytes of the adapter arrive. */
const proxy = createServer((socket) => {
  const upstream = connect(server.port, '127.0.0.1');
  socket.on('data', (data) => {
    chunks++;
    upstream.write(data);
  });
  upstream.pipe(socket);
  socket.on('error', () => upstream.destroy());
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
});

beforeAll(async () => {
  server = await RedisServer.start();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  adapter = new RedisAdapter(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  await adapter.connect();
});

afterAll(async () => {
  await adapter.disconnect();
  proxy.close();
  await server.stop();
});

beforeEach(startCounting);

async function startCounting(): Promise<void> {
  // Two concurrent calls, so that the adapter is not idle at the next call.
  await Promise.all([adapter.has('k'), adapter.has('k')]);
  await adapter.client.config('RESETSTAT');
  chunks = 0;
}

/** How often the server ran each command since the start of the test. */
async function commands(): Promise<Record<string, number>> {
  const stats = await adapter.client.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)].map(
    ([, name, count]) => [name, Number(count)] as const,
  );
  return Object.fromEntries(calls.filter(([name]) => name !== 'config' && name !== 'info'));
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

describe('the calls of one tick', () => {
  test('send a single read as GET', async () => {
    await adapter.get('k');
    expect(await commands()).toEqual({ get: 1 });
  });

  test('send the first read of an idle adapter immediately and the others as one MGET', async () => {
    await adapter.get('k');
    await Promise.all(keys(10).map((key) => adapter.get(key)));
    expect(await commands()).toEqual({ get: 2, mget: 1 });
    await Promise.all(keys(10).map((key) => adapter.get(key)));
    expect(await commands()).toEqual({ get: 2, mget: 2 });
  });

  test('send reads as one MGET for up to 64 keys, in one write', async () => {
    await Promise.all(keys(100).map((key) => adapter.get(key)));
    expect(chunks).toBe(1);
    expect(await commands()).toEqual({ mget: 2 });
  });

  test('send reads of one key once, and give each caller its own value', async () => {
    await adapter.set('same', { list: [1] });
    await startCounting();
    const [first, second] = await Promise.all([adapter.get('same'), adapter.get('same')]);
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    expect(await commands()).toEqual({ get: 1 });
  });

  test('send 200 writes in one system call', async () => {
    await Promise.all(keys(200).map((key) => adapter.set(key, 'value')));
    expect(chunks).toBe(1);
    expect(await commands()).toEqual({ set: 200 });
  });

  test('share an MGET with reads from other I/O callbacks of the tick', async () => {
    // Each waits for its own callback, as the requests of a server do.
    await Promise.all(
      keys(20).map((key) => new Promise((resolve) => setImmediate(resolve)).then(() => adapter.get(key))),
    );
    expect((await commands()).mget).toBe(1);
  });

  test('send queued reads before a write to one of their keys, and not before other writes', async () => {
    await adapter.set('a', 'old');
    await startCounting();
    const [read] = await Promise.all([adapter.get('a'), adapter.get('b'), adapter.set('a', 'new'), adapter.get('c')]);
    expect(read).toBe('old');
    expect(await adapter.get('a')).toBe('new');
    expect((await commands()).mget).toBe(1);
    await startCounting();
    await Promise.all([adapter.get('a'), adapter.set('z', 1), adapter.get('b')]);
    expect(await commands()).toEqual({ mget: 1, set: 1 });
  });

  test('read large values in smaller batches once their size is known', async () => {
    await adapter.setMany(keys(40).map((key) => ({ key, value: 'x'.repeat(30_000) })));
    for (let i = 0; i < 20; i++) await Promise.all(keys(40).map((key) => adapter.get(key)));
    await startCounting();
    await Promise.all(keys(40).map((key) => adapter.get(key)));
    expect((await commands()).mget).toBeGreaterThanOrEqual(15);
  });

  test('leave an aborted read out of the batch, and answer the others', async () => {
    const aborted = adapter.with({ signal: AbortSignal.abort() });
    const [rejected, answered] = await Promise.allSettled([aborted.get('k0'), adapter.get('same')]);
    expect(rejected.status).toBe('rejected');
    expect(answered.status).toBe('fulfilled');
    expect(await commands()).toEqual({ get: 1 });
  });
});
