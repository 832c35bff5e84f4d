import { connect, createServer, type AddressInfo } from 'node:net';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';

let server: RedisServer;
let adapter: RedisAdapter;
let chunks = 0;

/** Between the adapter and the server, to see in how many pieces the bytes come. */
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
  // Two at once, so that the adapter does not take the next call for a lone one.
  await Promise.all([adapter.has('k'), adapter.has('k')]);
  await adapter.client.config('RESETSTAT');
  chunks = 0;
}

/** How often the server ran each command since the test began. */
async function commands(): Promise<Record<string, number>> {
  const stats = await adapter.client.info('commandstats');
  const found = [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)].map(
    ([, name, calls]) => [name, Number(calls)] as const,
  );
  return Object.fromEntries(found.filter(([name]) => name !== 'config' && name !== 'info'));
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

describe('the calls of one turn of the event loop', () => {
  test('a lone read is a GET', async () => {
    await adapter.get('k');
    expect(await commands()).toEqual({ get: 1 });
  });

  test('after lone calls the first one goes out at once, and what comes with it shares a command', async () => {
    await adapter.get('k');
    await Promise.all(keys(10).map((key) => adapter.get(key)));
    expect(await commands()).toEqual({ get: 2, mget: 1 });
    await Promise.all(keys(10).map((key) => adapter.get(key)));
    expect(await commands()).toEqual({ get: 2, mget: 2 });
  });

  test('the reads are one MGET for 64 keys, in one piece', async () => {
    await Promise.all(keys(100).map((key) => adapter.get(key)));
    expect(chunks).toBe(1);
    expect(await commands()).toEqual({ mget: 2 });
  });

  test('reads of one key are asked once, and each caller has a value of its own', async () => {
    await adapter.set('same', { list: [1] });
    await startCounting();
    const [one, other] = await Promise.all([adapter.get('same'), adapter.get('same')]);
    expect(one).toEqual(other);
    expect(one).not.toBe(other);
    expect(await commands()).toEqual({ get: 1 });
  });

  test('the writes go out in one piece', async () => {
    await Promise.all(keys(200).map((key) => adapter.set(key, 'value')));
    expect(chunks).toBe(1);
    expect(await commands()).toEqual({ set: 200 });
  });

  test('reads after I/O callbacks of the same turn still join', async () => {
    // Each waits for a callback of its own, as the requests of a server do.
    await Promise.all(
      keys(20).map((key) => new Promise((resolve) => setImmediate(resolve)).then(() => adapter.get(key))),
    );
    expect((await commands()).mget).toBe(1);
  });

  test('a write to a key that is queued for reading sends the reads first; other writes do not', async () => {
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

  test('large values are asked for in smaller batches, once their size is known', async () => {
    await adapter.setMany(keys(40).map((key) => ({ key, value: 'x'.repeat(30_000) })));
    for (let i = 0; i < 20; i++) await Promise.all(keys(40).map((key) => adapter.get(key)));
    await startCounting();
    await Promise.all(keys(40).map((key) => adapter.get(key)));
    expect((await commands()).mget).toBeGreaterThanOrEqual(15);
  });

  test('a value that cannot be delivered does not disturb its neighbours: a call whose deadline is over is left out', async () => {
    const aborted = adapter.with({ signal: AbortSignal.abort() });
    const [gone, there] = await Promise.allSettled([aborted.get('k0'), adapter.get('same')]);
    expect(gone.status).toBe('rejected');
    expect(there.status).toBe('fulfilled');
    expect(await commands()).toEqual({ get: 1 });
  });
});
