import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE } from '../support/started.js';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { CacheService, RedisAdapter, type AdapterOptions, type RedisInfraError } from '../../src/index.js';

const SECRET = 'canary-s3cret';
const stack: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo();
});

async function startServer(config?: Record<string, string>): Promise<RedisServer> {
  const server = await RedisServer.start({ config });
  stack.push(() => server.stop());
  return server;
}

function adapterOf(url: string, options?: AdapterOptions): RedisAdapter {
  const adapter = new RedisAdapter(url, options);
  stack.push(() => adapter.disconnect());
  return adapter;
}

/** A server on 127.0.0.1 that is not Redis. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failure(call: Promise<unknown>): Promise<RedisInfraError> {
  return call.then(
    () => expect.fail('the call resolved'),
    (error: unknown) => error as RedisInfraError,
  );
}

/** All text that an error can expose, its causes included. */
function textOf(error: Error): string {
  const { message, stack: trace, cause } = error;
  return [message, trace, JSON.stringify(error), cause instanceof Error ? textOf(cause) : JSON.stringify(cause)].join(
    ' ',
  );
}

describe('an adapter without a server at its address', () => {
  test('rejects connect and calls immediately, and the calls were not sent', async () => {
    const server = await startServer();
    await server.kill();
    const adapter = adapterOf(server.url);
    expect(await failure(adapter.connect())).toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: true,
      context: { system: 'ECONNREFUSED' },
    });
    expect(await failure(adapter.get('k'))).toMatchObject({
      code: 'CIRCUIT_OPEN',
      outcome: 'not-sent',
      cause: { code: 'CONNECTION_FAILED', context: { system: 'ECONNREFUSED' } },
    });
    expect(adapter.status()).toMatchObject({ state: 'down', lastError: { code: 'CONNECTION_FAILED' } });
  });

  test('serves calls again, without a new connect(), once the server starts', async () => {
    const server = await startServer();
    await server.kill();
    const adapter = adapterOf(server.url);
    const cache = new CacheService(adapter, { fallback: false });
    await cache.connect();
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await server.restart();
    await eventually(async () => {
      await cache.set('k', 'stored');
      return (await cache.get('k')) === 'stored';
    });
    expect(adapter.status()).toMatchObject({ state: 'up' });
  });

  test('stops its attempts to connect on disconnect, and connects again on connect', async () => {
    const server = await startServer();
    await server.kill();
    const adapter = adapterOf(server.url);
    const connecting = failure(adapter.connect());
    await adapter.disconnect();
    expect((await connecting).code).toMatch(/CLOSED|CONNECTION_FAILED/);
    expect(adapter.status().state).toBe('closed');
    await server.restart();
    await adapter.connect();
    await adapter.set('k', 1);
  });
});

describe('a server that is killed under load', () => {
  test('lets every call resolve or reject with a known code, and serves calls after a restart', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url, LONG_DEADLINE);
    await adapter.connect();
    const events: string[] = [];
    adapter.on('down', () => events.push('down'));
    adapter.on('up', () => events.push('up'));
    const outcomes = new Map<string, number>();
    let running = true;
    const worker = async (id: number): Promise<void> => {
      for (let i = 0; running; i++) {
        const calls = [
          adapter.set(`k${id}`, i),
          adapter.get(`k${id}`),
          adapter.incr(`n${id}`),
          adapter.getMany([`k${id}`, 'x']),
        ];
        for (const result of await Promise.allSettled(calls)) {
          const name = result.status === 'fulfilled' ? 'ok' : (result.reason as RedisInfraError).code;
          outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const workers = Array.from({ length: 20 }, (_, id) => worker(id));
    await eventually(() => (outcomes.get('ok') ?? 0) > 500);
    await server.kill();
    await eventually(() => adapter.status().state === 'down');
    const before = outcomes.get('ok') ?? 0;
    await server.restart();
    await eventually(() => (outcomes.get('ok') ?? 0) > before + 500);
    running = false;
    await Promise.all(workers);
    const expected = ['ok', 'CONNECTION_FAILED', 'CIRCUIT_OPEN'];
    expect([...outcomes.keys()].filter((name) => !expected.includes(name))).toEqual([]);
    expect(events).toEqual(['down', 'up']);
  });
});

describe('a frozen server', () => {
  test('makes calls reject at their deadline, and serves calls when it thaws', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url, { resilience: { deadline: '100ms' } });
    await adapter.connect();
    await adapter.set('k', 'before');
    server.freeze();
    const calls = [
      adapter.get('k'),
      adapter.get('k'),
      adapter.getMany(['k']),
      adapter.set('k', 'during'),
      adapter.delete('x'),
    ];
    for (const call of calls) {
      expect(await failure(call)).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'unknown', retryable: true });
    }
    server.thaw();
    await eventually(async () => (await adapter.get('k').catch(() => undefined)) !== undefined);
  });

  test('makes the adapter replace its socket after three unanswered commands', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url, { resilience: { deadline: '20ms' } });
    await adapter.connect();
    server.freeze();
    for (let i = 0; i < 3; i++) await failure(adapter.get('k'));
    await eventually(() => adapter.status().state !== 'up');
    server.thaw();
    await eventually(() => adapter.status().state === 'up');
    expect(adapter.status().pool.reconnects).toBeGreaterThan(0);
  });

  test('makes a call reject at its own shorter deadline or signal', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url, { resilience: { deadline: '1h' } });
    await adapter.connect();
    server.freeze();
    const controller = new AbortController();
    const signalled = failure(adapter.with({ signal: controller.signal }).get('k'));
    expect(await failure(adapter.with({ deadline: '30ms' }).get('k'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    controller.abort(new Error('the request was closed'));
    expect(await signalled).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { message: 'the request was closed' } });
    const aborted = adapter.with({ signal: AbortSignal.abort('already') });
    expect(await failure(aborted.set('k', 1))).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
  });
});

describe('an event loop that is blocked for 600 ms', () => {
  const block = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  test('fails none of 100 reads in flight', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url);
    await adapter.set('k', 'here');
    const reads = Array.from({ length: 100 }, () => adapter.get('k'));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    block(600);
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['here']));
  });

  test('fails none of 110 reads and writes that were not sent yet', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url);
    await adapter.set('k', 'here');
    const reads = Array.from({ length: 100 }, (_, i) => (i % 2 ? adapter.get('k') : adapter.getMany(['k'])));
    const writes = Array.from({ length: 10 }, (_, i) => adapter.set(`w${i}`, i));
    block(600);
    await Promise.all([...reads, ...writes]);
  });
});

describe('a server that refuses the connection', () => {
  test('because of a wrong password makes the adapter misconfigured, with an error that contains no secret', async () => {
    const server = await startServer({ requirepass: 'right' });
    const adapter = adapterOf(`redis://:${SECRET}@127.0.0.1:${server.port}`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'WRONGPASS' } });
    expect(error.message).toContain('check username and password');
    expect(textOf(error)).not.toContain(SECRET);
    expect(adapter.status().state).toBe('misconfigured');
    expect(textOf(await failure(adapter.set('k', SECRET)))).not.toContain(SECRET);
  });

  test('because of a missing password makes connect reject with NOAUTH', async () => {
    const server = await startServer({ requirepass: 'right' });
    expect(await failure(adapterOf(server.url).connect())).toMatchObject({
      context: { reason: 'NOAUTH' },
      retryable: false,
    });
  });

  test('because of a wrong password is used once the password is right', async () => {
    const server = await startServer({ requirepass: 'wrong-for-now' });
    const adapter = adapterOf(`redis://:right@127.0.0.1:${server.port}`);
    await failure(adapter.connect());
    const admin = adapterOf(`redis://:wrong-for-now@127.0.0.1:${server.port}`);
    await admin.connect();
    await admin.client.config('SET', 'requirepass', 'right');
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 1);
  });

  test('because of a database number out of range gets no write to another database', async () => {
    const server = await startServer({ databases: '4' });
    const adapter = adapterOf(`${server.url}/7`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'DB_RANGE' } });
    expect(await failure(adapter.set('k', 1))).toMatchObject({ outcome: 'not-sent' });
    expect(await adapterOf(server.url).get('k')).toBeUndefined();
  });

  test('with a reply that is not RESP makes connect reject with PROTOCOL', async () => {
    const url = await listen((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const error = await failure(adapterOf(url).connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'PROTOCOL' } });
  });

  test('by staying silent makes connect reject with ETIMEDOUT after connectTimeout', async () => {
    const url = await listen((socket) => socket.resume());
    const adapter = new RedisAdapter({ url, connectTimeout: '100ms' });
    stack.push(() => adapter.disconnect());
    expect(await failure(adapter.connect())).toMatchObject({
      code: 'CONNECTION_FAILED',
      context: { system: 'ETIMEDOUT' },
    });
    expect(await failure(adapter.get('k'))).toMatchObject({ outcome: 'not-sent' });
  });

  test('only for a forbidden key fails that call, and not the others of its batch', async () => {
    const server = await startServer();
    const admin = adapterOf(server.url);
    await admin.connect();
    await admin.client.call('ACL', 'SETUSER', 'bob', 'on', '>pw', '+@all', '~mine:*');
    await admin.set('mine:a', 'a');
    await admin.set(`other:${SECRET}`, SECRET);
    const bob = adapterOf(`redis://bob:pw@127.0.0.1:${server.port}`);
    await bob.connect();
    const [mine, other] = await Promise.allSettled([bob.get('mine:a'), bob.get(`other:${SECRET}`)]);
    expect(mine).toMatchObject({ status: 'fulfilled', value: 'a' });
    expect(other).toMatchObject({
      status: 'rejected',
      reason: { code: 'COMMAND_FAILED', outcome: 'not-executed', context: { reply: 'NOPERM' } },
    });
    const write = await failure(bob.set(`other:${SECRET}`, SECRET));
    expect(textOf(write)).not.toContain(SECRET);
  });
});

describe('a server that refuses writes', () => {
  test('at its maxmemory makes a write reject with OUT_OF_MEMORY, and executes deletes', async () => {
    const server = await startServer({ maxmemory: '3mb', 'maxmemory-policy': 'noeviction' });
    const adapter = adapterOf(server.url);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) await adapter.set(`k${i}`, 'x'.repeat(50_000));
    };
    expect(await failure(fill())).toMatchObject({ code: 'OUT_OF_MEMORY', outcome: 'not-executed' });
    expect(await adapter.delete('k0')).toBe(true);
  });

  test('because it is a replica makes a write reject with READ_ONLY, and serves reads', async () => {
    const master = await startServer();
    const replica = await startServer({ replicaof: `127.0.0.1 ${master.port}` });
    const writer = adapterOf(master.url);
    const reader = adapterOf(replica.url);
    await writer.set('k', 'v');
    await eventually(async () => (await reader.get('k').catch(() => undefined)) === 'v');
    expect(await failure(reader.set('k', 2))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-executed' });
  });
});
