import { connect as dial, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, circuitEvents, inService, LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const CLOSED = { read: 'closed', write: 'closed' };
const started = resourcesPerTest();

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => resolve(false)).once('connect', () => socket.destroy());
  });

describe('a server that refuses writes', () => {
  test('because it was demoted opens the write circuit only, until a writing probe succeeds after its promotion', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    const master = await started.server();
    const events = circuitEvents(adapter);
    await server.command('REPLICAOF', '127.0.0.1', String(master.port));
    await master.command('SET', 'k', '"there"');
    await eventually(async () => (await server.command('GET', 'k')) === '"there"');
    expect(await failure(adapter.set('k', 1))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-executed' });
    expect(adapter.status().circuits).toMatchObject({ read: 'closed', write: expect.stringMatching(/open|half-open/) });
    expect(await failure(adapter.set('k', 1))).toMatchObject({
      code: 'CIRCUIT_OPEN',
      context: { circuit: 'write', because: 'READ_ONLY' },
    });
    await eventually(() => events.filter((event) => event === '?false').length >= 2);
    expect(await codeOf(adapter.delete('k'))).toBe('CIRCUIT_OPEN');
    expect(await adapter.with({ deadline: '5s' }).get('k')).toBe('there');
    await server.command('REPLICAOF', 'NO', 'ONE');
    await inService(adapter);
    expect(events.filter((event) => event.endsWith('read'))).toEqual([]);
    expect(await server.command('KEYS', '*probe*')).toEqual([]);
  });

  test('because its memory is full still serves reads and deletes, and serves writes again when there is room', async () => {
    const server = await started.server({ config: { 'maxmemory-policy': 'noeviction' } });
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    await adapter.hset('h', 'f', 1);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await failure(adapter.set('k', 2))).toMatchObject({ code: 'OUT_OF_MEMORY', outcome: 'not-executed' });
    expect(await failure(adapter.set('k', 2))).toMatchObject({ code: 'CIRCUIT_OPEN', context: { circuit: 'write' } });
    expect(await adapter.get('k')).toBe('here');
    expect(await adapter.expire('k', '1h')).toBe(true);
    expect(await adapter.hdel('h', 'f')).toBe(1);
    expect(await adapter.delete('k')).toBe(true);
    expect(adapter.status().circuits.write).toMatch(/open|half-open/);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await inService(adapter);
    expect(adapter.status().circuits).toEqual(CLOSED);
  });
});

describe('a server that serves no calls', () => {
  test('while it reloads its data opens both circuits with the cause LOADING', async () => {
    const server = await started.server({ config: { 'enable-debug-command': 'local' } });
    const adapter = started.adapter(server.url);
    await adapter.setMany(Array.from({ length: 1000 }, (_, i) => ({ key: `k${i}`, value: i })));
    await server.command('CONFIG', 'SET', 'key-load-delay', '1000');
    await server.command('CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024');
    // A client without a deadline: on a busy machine the reload takes longer than command() waits.
    const client = new Redis(server.port, '127.0.0.1');
    started.undo(() => client.disconnect());
    const reloading = client.call('DEBUG', 'RELOAD');
    await eventually(async () => (await codeOf(adapter.get('k1'))) === 'CIRCUIT_OPEN');
    expect((await failure(adapter.set('k', 1))).cause).toMatchObject({
      code: 'COMMAND_FAILED',
      context: { reply: 'LOADING' },
    });
    expect(adapter.status()).toMatchObject({ state: 'up', lastError: { code: 'COMMAND_FAILED' } });
    await reloading;
    await inService(adapter);
    expect(await adapter.get('k7')).toBe(7);
  });

  test('while it loads its data after a restart opens the circuits with the cause LOADING', async () => {
    const slowly = { 'key-load-delay': '500', 'loading-process-events-interval-bytes': '1024' };
    const server = await started.server({ config: slowly });
    const adapter = started.adapter(server.url);
    await adapter.setMany(Array.from({ length: 2000 }, (_, i) => ({ key: `k${i}`, value: i })));
    await server.save();
    await server.kill();
    await eventually(async () => (await codeOf(adapter.get('k1'))) === 'CIRCUIT_OPEN');
    const restarted = server.restart();
    await eventually(async () => {
      const { cause } = await failure(adapter.get('k1'));
      return (cause as { context?: { reply?: string } }).context?.reply === 'LOADING';
    });
    await restarted;
    await inService(adapter);
    expect(await adapter.get('k7')).toBe(7);
  });

  test('while it loads its data makes the connect of a new adapter reject after connectTimeout', async () => {
    const slowly = { 'key-load-delay': '1000', 'loading-process-events-interval-bytes': '1024' };
    const server = await started.server({ config: slowly });
    const values = Array.from({ length: 3000 }, (_, i) => ({ key: `k${i}`, value: i }));
    await started.adapter(server.url, LONG_DEADLINE).setMany(values);
    await server.save();
    await server.kill();
    const restarted = server.restart();
    await eventually(() => isListening(server.port));
    const adapter = new RedisAdapter({ url: server.url, connectTimeout: '200ms' });
    started.undo(() => adapter.disconnect());
    expect(await codeOf(adapter.connect())).toBe('CONNECTION_FAILED');
    await eventually(async () => {
      const { cause } = await failure(adapter.get('k1'));
      return (cause as { context?: { reply?: string } }).context?.reply === 'LOADING';
    });
    await restarted;
    await inService(adapter);
  });

  test('because it is at maxclients opens the circuits until a connection is free', async () => {
    const server = await started.server({ config: { maxclients: '6' } });
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    // A refused connection is retried immediately, so that it takes the slot of the adapter's connection when that ends.
    let crowd: Socket[] = [];
    const refill = setInterval(() => {
      crowd = crowd.filter((socket) => !socket.destroyed);
      while (crowd.length < 12) {
        const socket = dial(server.port, '127.0.0.1').resume();
        crowd.push(socket.on('error', () => {}));
      }
    }, 1);
    const leave = (): void => {
      clearInterval(refill);
      crowd.forEach((socket) => socket.destroy());
    };
    started.undo(leave);
    await eventually(() => crowd.length === 12);
    expect(await adapter.get('k')).toBe('here');
    adapter.client.disconnect(true);
    await eventually(async () => (await codeOf(adapter.get('k'))) === 'CIRCUIT_OPEN');
    leave();
    await inService(adapter);
    expect(await adapter.get('k')).toBe('here');
  });
});

describe('the circuits stay closed', () => {
  test('after 500 WRONG_TYPE errors', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('text', 'no number');
    const events = circuitEvents(adapter);
    const codes = await Promise.all(
      Array.from({ length: 500 }, (_, i) => codeOf(i % 2 ? adapter.hget('text', 'f') : adapter.incr('text'))),
    );
    expect(new Set(codes)).toEqual(new Set(['WRONG_TYPE']));
    expect([events, adapter.status().circuits, adapter.status().retries]).toEqual([[], CLOSED, 0]);
  });

  test('after deadlines that are shorter than the one of the adapter, and after aborted signals', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: '10s' } });
    await adapter.connect();
    server.freeze();
    const short = adapter.with({ deadline: '20ms' });
    const aborted = adapter.with({ signal: AbortSignal.timeout(20) });
    const calls = Array.from({ length: 30 }, (_, i) => [short.set(`k${i}`, i), short.get('k'), aborted.incr('n')]);
    expect(new Set(await Promise.all(calls.flat().map(codeOf)))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(adapter.status().circuits).toEqual(CLOSED);
    server.thaw();
    await adapter.set('k', 1);
  });

  test('after a single lost connection, and the reads in flight are retried', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { deadline: '5s' } });
    await adapter.setMany(Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: i })));
    const events = circuitEvents(adapter);
    proxy.hold('replies');
    const before = proxy.stats.requestBytes;
    const reads = Array.from({ length: 50 }, (_, i) => adapter.hget(`h${i}`, 'f'));
    await eventually(() => proxy.stats.requestBytes > before);
    proxy.cut();
    await proxy.heal();
    expect(await Promise.all(reads)).toEqual(Array(50).fill(undefined));
    expect([events, adapter.status().retries]).toEqual([[], 50]);
  });

  test('while the server refuses the password: calls reject with WRONGPASS until the password is right', async () => {
    const server = await started.server({ requirepass: 'right' });
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    await server.command('CONFIG', 'SET', 'requirepass', 'another');
    adapter.client.disconnect(true);
    await eventually(() => adapter.status().state === 'misconfigured');
    for (const call of [adapter.get('k'), adapter.set('k', 1)]) {
      expect(await failure(call)).toMatchObject({
        code: 'CONNECTION_FAILED',
        outcome: 'not-sent',
        retryable: false,
        context: { reason: 'WRONGPASS' },
      });
    }
    expect(adapter.status()).toMatchObject({ retries: 0, lastError: { code: 'CONNECTION_FAILED' } });
    await started.adapter(`redis://:another@127.0.0.1:${server.port}`).connect();
    const admin = started.adapter(`redis://:another@127.0.0.1:${server.port}`);
    await admin.connect();
    await admin.client.config('SET', 'requirepass', 'right');
    await inService(adapter);
    expect(await adapter.get('k')).toBe('here');
  });
});

describe('isolate()', () => {
  test('refuses all calls with CIRCUIT_OPEN until the returned function is called', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    const events = circuitEvents(adapter);
    const end = adapter.isolate();
    expect(adapter.status().circuits).toEqual({ read: 'isolated', write: 'isolated' });
    const calls = [
      adapter.get('k'),
      adapter.set('k', 2),
      adapter.delete('k'),
      adapter.with({ deadline: '1s' }).incr('n'),
    ];
    expect(await Promise.all(calls.map(codeOf))).toEqual(Array(4).fill('CIRCUIT_OPEN'));
    expect(await failure(adapter.get('k'))).toMatchObject({ context: { because: 'ISOLATED' } });
    await adapter.connect();
    end();
    end();
    expect([await adapter.get('k'), adapter.status().circuits]).toEqual(['here', CLOSED]);
    expect(events).toEqual(['+read', '+write', '-read', '-write']);
    adapter.isolate();
    await adapter.disconnect();
    expect(await codeOf(adapter.get('k'))).toBe('CLOSED');
  });

  test('throws UNSUPPORTED on the embedded store', async () => {
    const adapter = started.adapter('memory://');
    expect(() => adapter.isolate()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(adapter.status()).toMatchObject({ circuits: CLOSED, retries: 0 });
  });
});

describe('an ACL user without permission for the probe key', () => {
  test('is served again after an outage', async () => {
    const users = { app: { password: 'a password of the test', rules: '~app:* +@all' } };
    const server = await started.server({ users });
    const adapter = started.adapter(server.url);
    await adapter.set('app:k', 'here');
    await server.kill();
    await eventually(async () => (await codeOf(adapter.get('app:k'))) === 'CIRCUIT_OPEN');
    await server.restart();
    await eventually(async () => (await codeOf(adapter.set('app:k', 1))) === 'ok');
    expect(adapter.status().circuits).toEqual(CLOSED);
  });
});
