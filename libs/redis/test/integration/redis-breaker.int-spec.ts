import { connect as dial, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { RedisAdapter } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { codeOf, failure, gateEvents, inService, startedPerTest } from '../support/started.js';

const CLOSED = { read: 'closed', write: 'closed' };
const started = startedPerTest();

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => resolve(false)).once('connect', () => socket.destroy());
  });

describe('a server that takes no writes', () => {
  test('because it was demoted: reads are served, and writes again when it was promoted, found by a probe that writes', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    const other = await started.server();
    const events = gateEvents(adapter);
    await server.command('REPLICAOF', '127.0.0.1', String(other.port));
    await other.command('SET', 'k', '"there"');
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

  test('because it is full: reads and deletes go through, and writes again when there is room', async () => {
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

describe('a server that serves nobody', () => {
  test('while it loads its data again: both circuits, and LOADING is the reason', async () => {
    const server = await started.server({ config: { 'enable-debug-command': 'local' } });
    const adapter = started.adapter(server.url);
    await adapter.setMany(Array.from({ length: 1000 }, (_, i) => ({ key: `k${i}`, value: i })));
    await server.command('CONFIG', 'SET', 'key-load-delay', '1000');
    await server.command('CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024');
    const reloading = server.command('DEBUG', 'RELOAD');
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

  test('while it starts and has much to load', async () => {
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

  test('while it loads, to an adapter that is new: it does not wait for ever', async () => {
    const slowly = { 'key-load-delay': '1000', 'loading-process-events-interval-bytes': '1024' };
    const server = await started.server({ config: slowly });
    await started.adapter(server.url).setMany(Array.from({ length: 3000 }, (_, i) => ({ key: `k${i}`, value: i })));
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

  test('because it has no room for another connection', async () => {
    const server = await started.server({ config: { maxclients: '6' } });
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    // Whoever is refused comes again at once, so that the place of the adapter's connection is taken when that ends.
    let others: Socket[] = [];
    const crowd = setInterval(() => {
      others = others.filter((socket) => !socket.destroyed);
      while (others.length < 12) {
        const one = dial(server.port, '127.0.0.1').resume();
        others.push(one.on('error', () => {}));
      }
    }, 1);
    const leave = (): void => {
      clearInterval(crowd);
      others.forEach((socket) => socket.destroy());
    };
    started.undo(leave);
    await eventually(() => others.length === 12);
    expect(await adapter.get('k')).toBe('here');
    adapter.client.disconnect(true);
    await eventually(async () => (await codeOf(adapter.get('k'))) === 'CIRCUIT_OPEN');
    leave();
    await inService(adapter);
    expect(await adapter.get('k')).toBe('here');
  });
});

describe('what opens nothing', () => {
  test('a storm of mistakes', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('text', 'no number');
    const events = gateEvents(adapter);
    const codes = await Promise.all(
      Array.from({ length: 500 }, (_, i) => codeOf(i % 2 ? adapter.hget('text', 'f') : adapter.incr('text'))),
    );
    expect(new Set(codes)).toEqual(new Set(['WRONG_TYPE']));
    expect([events, adapter.status().circuits, adapter.status().retries]).toEqual([[], CLOSED, 0]);
  });

  test('callers with less patience than the adapter, and signals', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { deadline: '10s' } });
    await adapter.connect();
    server.freeze();
    const hurried = adapter.with({ deadline: '20ms' });
    const ended = adapter.with({ signal: AbortSignal.timeout(20) });
    const calls = Array.from({ length: 30 }, (_, i) => [hurried.set(`k${i}`, i), hurried.get('k'), ended.incr('n')]);
    expect(new Set(await Promise.all(calls.flat().map(codeOf)))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(adapter.status().circuits).toEqual(CLOSED);
    server.thaw();
    await adapter.set('k', 1);
  });

  test('a connection that is cut once: what may be asked again is', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const adapter = started.adapter(proxy.url, { resilience: { deadline: '5s' } });
    await adapter.setMany(Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: i })));
    const events = gateEvents(adapter);
    proxy.hold('replies');
    const before = proxy.stats.requestBytes;
    const reads = Array.from({ length: 50 }, (_, i) => adapter.hget(`h${i}`, 'f'));
    await eventually(() => proxy.stats.requestBytes > before);
    proxy.cut();
    await proxy.heal();
    expect(await Promise.all(reads)).toEqual(Array(50).fill(undefined));
    expect([events, adapter.status().retries]).toEqual([[], 50]);
  });

  test('a server that refuses the password: that is said instead, also after an outage, until it is right', async () => {
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

describe('isolated by hand', () => {
  test('nothing is sent until that is ended', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url);
    await adapter.set('k', 'here');
    const events = gateEvents(adapter);
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

  test('the embedded store rejects isolate() with UNSUPPORTED', async () => {
    const adapter = started.adapter('memory://');
    expect(() => adapter.isolate()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(adapter.status()).toMatchObject({ circuits: CLOSED, retries: 0 });
  });
});

describe('a user that may not write the key of a probe', () => {
  test('is served again all the same', async () => {
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
