import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '../support/eventually.js';
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

/** Something on a port of the loopback address that is no Redis. */
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

/** Everything an error could show to somebody. */
function allOf(error: Error): string {
  const { message, stack: trace, cause } = error;
  return [message, trace, JSON.stringify(error), cause instanceof Error ? allOf(cause) : JSON.stringify(cause)].join(
    ' ',
  );
}

describe('no Redis at that address', () => {
  test('connect and calls reject at once, and the calls were not sent', async () => {
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

  test('traffic goes on by itself when it comes', async () => {
    const server = await startServer();
    await server.kill();
    const adapter = adapterOf(server.url);
    const cache = new CacheService(adapter);
    await cache.connect();
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await server.restart();
    await eventually(async () => {
      await cache.set('k', 'stored');
      return (await cache.get('k')) === 'stored';
    });
    expect(adapter.status()).toMatchObject({ state: 'up' });
  });

  test('disconnect while it tries to connect ends the trying', async () => {
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

describe('killed under load', () => {
  test('calls are answered or rejected with what is known, none hangs, and traffic goes on after a restart', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url);
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

describe('frozen', () => {
  test('calls end at their deadline, and traffic goes on when it thaws', async () => {
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

  test('a socket that stays silent three commands long is closed and made anew', async () => {
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

  test('a call may have a shorter deadline, or a signal, of its own', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url, { resilience: { deadline: '1h' } });
    await adapter.connect();
    server.freeze();
    const controller = new AbortController();
    const ended = failure(adapter.with({ signal: controller.signal }).get('k'));
    expect(await failure(adapter.with({ deadline: '30ms' }).get('k'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    controller.abort(new Error('the request was closed'));
    expect(await ended).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { message: 'the request was closed' } });
    const aborted = adapter.with({ signal: AbortSignal.abort('already') });
    expect(await failure(aborted.set('k', 1))).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-sent' });
  });
});

describe('the event loop blocked', () => {
  const block = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  test('600 ms with 100 reads in flight, and no error', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url);
    await adapter.set('k', 'here');
    const reads = Array.from({ length: 100 }, () => adapter.get('k'));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    block(600);
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['here']));
  });

  test('600 ms before 100 reads and writes were even sent, and no error', async () => {
    const server = await startServer();
    const adapter = adapterOf(server.url);
    await adapter.set('k', 'here');
    const reads = Array.from({ length: 100 }, (_, i) => (i % 2 ? adapter.get('k') : adapter.getMany(['k'])));
    const writes = Array.from({ length: 10 }, (_, i) => adapter.set(`w${i}`, i));
    block(600);
    await Promise.all([...reads, ...writes]);
  });
});

describe('a server that will not have us: one clear message, and no secret in it', () => {
  test('wrong password', async () => {
    const server = await startServer({ requirepass: 'right' });
    const adapter = adapterOf(`redis://:${SECRET}@127.0.0.1:${server.port}`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'WRONGPASS' } });
    expect(error.message).toContain('check username and password');
    expect(allOf(error)).not.toContain(SECRET);
    expect(adapter.status().state).toBe('misconfigured');
    expect(allOf(await failure(adapter.set('k', SECRET)))).not.toContain(SECRET);
  });

  test('no password where one is asked for', async () => {
    const server = await startServer({ requirepass: 'right' });
    expect(await failure(adapterOf(server.url).connect())).toMatchObject({
      context: { reason: 'NOAUTH' },
      retryable: false,
    });
  });

  test('a password that becomes right is found to be', async () => {
    const server = await startServer({ requirepass: 'wrong-for-now' });
    const adapter = adapterOf(`redis://:right@127.0.0.1:${server.port}`);
    await failure(adapter.connect());
    const admin = adapterOf(`redis://:wrong-for-now@127.0.0.1:${server.port}`);
    await admin.connect();
    await admin.client.config('SET', 'requirepass', 'right');
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 1);
  });

  test('a database number out of range, and nothing is written to another database', async () => {
    const server = await startServer({ databases: '4' });
    const adapter = adapterOf(`${server.url}/7`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'DB_RANGE' } });
    expect(await failure(adapter.set('k', 1))).toMatchObject({ outcome: 'not-sent' });
    expect(await adapterOf(server.url).get('k')).toBeUndefined();
  });

  test('not a Redis on that port', async () => {
    const url = await listen((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const error = await failure(adapterOf(url).connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'PROTOCOL' } });
  });

  test('something that accepts and says nothing', async () => {
    const url = await listen((socket) => socket.resume());
    const adapter = new RedisAdapter({ url, connectTimeout: '100ms' });
    stack.push(() => adapter.disconnect());
    expect(await failure(adapter.connect())).toMatchObject({
      code: 'CONNECTION_FAILED',
      context: { system: 'ETIMEDOUT' },
    });
    expect(await failure(adapter.get('k'))).toMatchObject({ outcome: 'not-sent' });
  });

  test('a command that is not allowed to this user: it fails, its neighbours in the batch do not', async () => {
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
    expect(allOf(write)).not.toContain(SECRET);
  });
});

describe('a server in trouble', () => {
  test('at its maxmemory: a write is OUT_OF_MEMORY and was not executed', async () => {
    const server = await startServer({ maxmemory: '3mb', 'maxmemory-policy': 'noeviction' });
    const adapter = adapterOf(server.url);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) await adapter.set(`k${i}`, 'x'.repeat(50_000));
    };
    expect(await failure(fill())).toMatchObject({ code: 'OUT_OF_MEMORY', outcome: 'not-executed' });
    expect(await adapter.delete('k0')).toBe(true);
  });

  test('a replica: a write is READ_ONLY, a read is served', async () => {
    const master = await startServer();
    const replica = await startServer({ replicaof: `127.0.0.1 ${master.port}` });
    const writer = adapterOf(master.url);
    const reader = adapterOf(replica.url);
    await writer.set('k', 'v');
    await eventually(async () => (await reader.get('k').catch(() => undefined)) === 'v');
    expect(await failure(reader.set('k', 2))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-executed' });
  });
});
