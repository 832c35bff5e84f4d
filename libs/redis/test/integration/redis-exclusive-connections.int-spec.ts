import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisAdapter, type ExclusiveConnection } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

/** Records process warnings instead of printing them. */
function warnings(): string[] {
  const codes: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
    codes.push(`${options?.code}: ${String(message)}`);
  });
  started.undo(() => spy.mockRestore());
  return codes;
}

describe('an exclusive connection', () => {
  test('blocks on BLPOP and watches keys while the pool serves other calls', async () => {
    const adapter = started.adapter(server.url);
    const { client, release } = await adapter.acquire();
    const job = client.blpop('jobs', 10);
    await adapter.set('seen', 1);
    await server.command('RPUSH', 'jobs', 'first');
    expect(await job).toEqual(['jobs', 'first']);
    await client.watch('seen');
    await adapter.set('seen', 2);
    expect(await client.multi().set('seen', 3).exec()).toBeNull();
    release();
    release();
    expect(await adapter.get('seen')).toBe(2);
  });

  test('receives messages of a subscribed channel', async () => {
    const adapter = started.adapter(server.url);
    const { client, release } = await adapter.acquire();
    const message = new Promise((resolve) => client.on('message', (channel, text) => resolve([channel, text])));
    await client.subscribe('news');
    await server.command('PUBLISH', 'news', 'hello');
    expect(await message).toEqual(['news', 'hello']);
    release();
  });

  test('is closed by release(), and the next lease gets a new connection without its state', async () => {
    const adapter = started.adapter(server.url, { resilience: { maxExclusive: 1 } });
    const first = await adapter.acquire();
    await first.client.select(5);
    await first.client.multi({ pipeline: false });
    first.release();
    await expect(first.client.get('k')).rejects.toThrow(/closed|isn't writeable/);
    const second = await adapter.acquire();
    expect(await second.client.set('k', 'v')).toBe('OK');
    second.release();
    expect(await server.command('GET', 'k')).toBe('v');
  });
});

describe('acquire() beyond maxExclusive', () => {
  test('waits first in, first out, and rejects with OVERLOADED at its deadline', async () => {
    const adapter = started.adapter(server.url, { resilience: { maxExclusive: 2, deadline: '5s' } });
    const [first, second] = await Promise.all([adapter.acquire(), adapter.acquire()]);
    const error = await failure(adapter.acquire({ deadline: '50ms' }));
    expect(error).toMatchObject({ code: 'OVERLOADED', outcome: 'not-sent', retryable: true });
    expect(error.message).toMatch(/all 2 exclusive connections are lent, the oldest for \d+ s/);
    const order: number[] = [];
    const third = adapter.acquire().then((lease) => (order.push(3), lease));
    const fourth = adapter.acquire().then((lease) => (order.push(4), lease));
    first.release();
    await third;
    second.release();
    await fourth;
    expect(order).toEqual([3, 4]);
    for (const lease of [await third, await fourth]) lease.release();
  });

  test('rejects when its signal aborts', async () => {
    const adapter = started.adapter(server.url, { resilience: { maxExclusive: 1 } });
    const lease = await adapter.acquire();
    const controller = new AbortController();
    const aborted = failure(adapter.acquire({ signal: controller.signal }));
    controller.abort(new Error('the request was closed'));
    expect(await aborted).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { message: 'the request was closed' } });
    lease.release();
    (await adapter.acquire()).release();
  });

  test('resolves when a leased connection breaks', async () => {
    const adapter = started.adapter(server.url, { resilience: { maxExclusive: 1, deadline: '5s' } });
    const broken = await adapter.acquire();
    const id = await broken.client.client('ID');
    await server.command('CLIENT', 'KILL', 'ID', String(id));
    (await adapter.acquire()).release();
    expect(broken.client.status).toBe('end');
    broken.release();
  });
});

describe('acquire() that cannot connect', () => {
  test('rejects with CONNECTION_FAILED and the cause', async () => {
    const stopped = await RedisServer.start();
    await stopped.stop();
    const adapter = started.adapter(stopped.url);
    expect(await failure(adapter.acquire())).toMatchObject({
      code: 'CONNECTION_FAILED',
      context: { system: 'ECONNREFUSED' },
    });
    const locked = await started.server({ requirepass: 'a password' });
    const wrong = started.adapter(`redis://:wrong@127.0.0.1:${locked.port}`);
    expect(await failure(wrong.acquire())).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false });
  });

  test('rejects at its deadline on a frozen server, and does not count towards maxExclusive afterwards', async () => {
    const frozen = await started.server();
    const adapter = started.adapter(frozen.url, { resilience: { maxExclusive: 1 } });
    frozen.freeze();
    expect(await failure(adapter.acquire({ deadline: '100ms' }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      outcome: 'not-sent',
    });
    frozen.thaw();
    (await adapter.acquire({ deadline: '5s' })).release();
  });

  test('rejects with UNSUPPORTED on a cluster and on the embedded store', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    const unsupported = { code: 'UNSUPPORTED', outcome: 'not-sent' };
    expect(await failure(started.adapter(cluster.url).acquire())).toMatchObject(unsupported);
    expect(await failure(started.adapter('memory://').acquire())).toMatchObject(unsupported);
  });
});

describe('an exclusive connection that is not released', () => {
  test('is closed by disconnect() with the warning REDIS_LEASE_LEAKED', async () => {
    const codes = warnings();
    const adapter = started.adapter(server.url);
    const leases = [await adapter.acquire(), await adapter.acquire()];
    await adapter.disconnect();
    await eventually(() => leases.every(({ client }) => client.status === 'end'));
    expect(codes).toEqual([
      'REDIS_LEASE_LEAKED: 2 leases of acquire() were not released before disconnect(); they are closed now',
    ]);
    expect(await failure(adapter.acquire())).toMatchObject({ code: 'CLOSED' });
    await adapter.connect();
    (await adapter.acquire()).release();
  });

  test('gives the warning REDIS_LEASE_LEAKED when its lease is garbage-collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const codes = warnings();
    const adapter = started.adapter(server.url);
    let lease: ExclusiveConnection | undefined = await adapter.acquire();
    const { client } = lease;
    lease = undefined;
    await eventually(() => {
      collect();
      return codes.length > 0;
    });
    expect(codes[0]).toMatch(/^REDIS_LEASE_LEAKED: a lease of acquire\(\) was dropped/);
    expect(await client.ping()).toBe('PONG');
  });

  test('does not count towards maxExclusive if acquire() timed out while the password function hung', async () => {
    const secured = await started.server({ requirepass: 'pw' });
    let isHanging = false;
    const password = (): Promise<string> => (isHanging ? new Promise<string>(() => {}) : Promise.resolve('pw'));
    const adapter = new RedisAdapter(
      { url: `redis://127.0.0.1:${secured.port}`, password },
      { resilience: { maxExclusive: 1, deadline: '200ms' } },
    );
    started.undo(() => adapter.disconnect());
    isHanging = true;
    expect(await failure(adapter.acquire())).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
    isHanging = false;
    (await adapter.acquire({ deadline: '2s' })).release();
  });
});
