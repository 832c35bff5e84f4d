import { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { FaultProxy, RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requireCurrentBuild } from '../../../../test/built.package.js';
import { RedisConfig } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

let server: RedisServer;
let proxy: FaultProxy;
const stack: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  await server.command('FLUSHALL');
  proxy = await FaultProxy.start(server);
  stack.push(() => proxy.stop());
});
afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo();
});

/** A plain connection. Records the received text and the way it ends. */
class Wire {
  text = '';
  ended: string | undefined;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.socket.on('end', () => (this.ended ??= 'end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.ended = error.code));
    stack.push(() => void this.socket.destroy());
  }

  async connected(): Promise<this> {
    if (this.socket.connecting) await once(this.socket, 'connect');
    return this;
  }

  send(...commands: string[]): this {
    this.socket.write(commands.map((command) => `${command}\r\n`).join(''));
    return this;
  }

  async receives(text: string): Promise<void> {
    await eventually(() => this.text.includes(text) || this.ended !== undefined);
    deepEqual({ text: this.text, ended: this.ended }, { text, ended: undefined });
    this.text = '';
  }

  async ends(how: string): Promise<void> {
    await eventually(() => this.ended !== undefined);
    equal(this.ended, how);
  }

  /** Nothing arrives during five round trips to the server. */
  async staysSilent(): Promise<void> {
    for (let i = 0; i < 5; i++) await server.command('PING');
    deepEqual({ text: this.text, ended: this.ended }, { text: '', ended: undefined });
  }
}

const wire = (): Promise<Wire> => new Wire(proxy.port).connected();

/** A connection that has received a reply. */
async function establishedWire(): Promise<Wire> {
  const one = await wire();
  await one.send('PING').receives('+PONG\r\n');
  return one;
}

const valueOf = async (key: string): Promise<unknown> => server.command('GET', key);

describe('a FaultProxy without faults', () => {
  test('forwards and counts all bytes in both directions', async () => {
    const client = new Redis(proxy.url);
    const value = 'x'.repeat(3_000_000);
    await client.set('key', value);
    expect(await client.get('key')).toBe(value);
    expect(proxy.stats).toMatchObject({ accepted: 1, open: 1 });
    expect(proxy.stats.requestBytes).toBeGreaterThan(value.length);
    expect(proxy.stats.replyBytes).toBeGreaterThan(value.length);
    client.disconnect();
    await eventually(() => proxy.stats.open === 0);
  });

  test('keeps a half-closed connection open in the other direction', async () => {
    const one = await wire();
    one.send('SET key value', 'GET key').socket.end();
    await eventually(() => one.ended === 'end');
    expect(one.text).toBe('+OK\r\n$5\r\nvalue\r\n');
    await eventually(() => proxy.stats.open === 0);
  });

  test('ends connections when its server is killed, and resets new ones while the server is down', async () => {
    const killed = await RedisServer.start();
    const front = await FaultProxy.start(killed);
    stack.push(
      () => killed.stop(),
      () => front.stop(),
    );
    const one = await new Wire(front.port).connected();
    await one.send('PING').receives('+PONG\r\n');
    await killed.kill();
    await eventually(() => one.ended !== undefined);
    const two = await new Wire(front.port).connected();
    await two.ends('ECONNRESET');
    await killed.restart();
    await (await new Wire(front.port).connected()).send('PING').receives('+PONG\r\n');
  });

  test('forwards a reset by the client', async () => {
    const one = await establishedWire();
    one.socket.resetAndDestroy();
    await eventually(() => proxy.stats.open === 0);
  });

  test('has a url with the credentials and TLS of its server, or of a plain port', async () => {
    const secured = await RedisServer.start({ tls: true, requirepass: 'p@ss' });
    stack.push(() => secured.stop());
    const front = await FaultProxy.start(secured);
    stack.push(() => front.stop());
    expect(front.url).toBe(`rediss://:p%40ss@127.0.0.1:${front.port}`);
    const client = new Redis(front.url, { tls: secured.tls });
    expect(await client.ping()).toBe('PONG');
    client.disconnect();

    const plain = await FaultProxy.start(server.port);
    stack.push(() => plain.stop());
    expect(plain.url).toBe(`redis://127.0.0.1:${plain.port}`);
  });
});

describe('a FaultProxy', () => {
  test('with refuse() refuses new connections and keeps open ones', async () => {
    const one = await establishedWire();
    proxy.refuse();
    await new Wire(proxy.port).ends('ECONNREFUSED');
    await one.send('PING').receives('+PONG\r\n');
    await proxy.heal();
    await establishedWire();
  });

  test('with silence() accepts new connections and never answers them', async () => {
    const one = await establishedWire();
    proxy.silence();
    const two = (await wire()).send('SET key value');
    await two.staysSilent();
    expect(await valueOf('key')).toBeNull();
    await one.send('PING').receives('+PONG\r\n');
    await proxy.heal();
    await two.ends('ECONNRESET');
    await establishedWire();
  });

  test.each([
    ['both', null],
    ['requests', null],
    ['replies', 'value'],
  ] as const)('with blackHole() discards %s and the end of open connections', async (direction, stored) => {
    const one = await establishedWire();
    proxy.blackHole(direction);
    one.send('SET key value');
    await eventually(async () => (await valueOf('key')) === stored);
    await one.staysSilent();
    expect(await valueOf('key')).toBe(stored);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    if (direction === 'requests') return one.ends('end');
    await one.staysSilent();
    await proxy.heal();
    await one.ends('ECONNRESET');
  });

  test.each([
    ['requests', null],
    ['replies', '1'],
  ] as const)('with hold() buffers %s until heal()', async (direction, stored) => {
    const one = await establishedWire();
    proxy.hold(direction);
    one.send('INCR key');
    await eventually(async () => (await valueOf('key')) === stored);
    await one.staysSilent();
    expect(await valueOf('key')).toBe(stored);
    await proxy.heal();
    await one.receives(':1\r\n');
    await one.send('INCR key').receives(':2\r\n');
  });

  test('with hold() stops reading from a client when its buffer is full', async () => {
    const one = await establishedWire();
    const value = 'x'.repeat(8_000_000);
    proxy.hold('requests');
    one.socket.write(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${value.length}\r\n${value}\r\n`);
    await one.staysSilent();
    expect(one.socket.writableLength).toBeGreaterThan(0);
    await proxy.heal();
    await one.receives('+OK\r\n');
    expect(await server.command('STRLEN', 'key')).toBe(value.length);
  });

  test('with delay() delays each direction by its own time and keeps the order', async () => {
    const one = await establishedWire();
    proxy.delay(40, 'requests');
    proxy.delay(60, 'replies');
    const start = performance.now();
    await one.send('INCR key', 'INCR key').send('INCR key').receives(':1\r\n:2\r\n:3\r\n');
    expect(performance.now() - start).toBeGreaterThan(99);
    proxy.delay(60_000);
    one.send('INCR key');
    proxy.delay(0);
    await one.receives(':4\r\n');
    expect(() => proxy.delay(-1)).toThrow('ms: must be a whole number');
  });

  test('with throttle() limits the speed of a direction', async () => {
    const one = await establishedWire();
    await server.command('SET', 'key', 'x'.repeat(1000));
    proxy.throttle(5000, 'replies');
    const start = performance.now();
    one.send('GET key');
    await eventually(() => one.text.length >= 500);
    expect(performance.now() - start).toBeGreaterThan(50);
    await one.receives(`$1000\r\n${'x'.repeat(1000)}\r\n`);
    expect(performance.now() - start).toBeGreaterThan(150);
    proxy.throttle(Infinity);
    expect(() => proxy.throttle(0)).toThrow('bytesPerSecond: must be a whole number');
  });

  test('with dropReply() drops the reply of an executed command', async () => {
    const one = await establishedWire();
    proxy.dropReply();
    await one.send('INCR key').ends('end');
    expect([one.text, await valueOf('key')]).toEqual(['', '1']);
    await establishedWire();
  });

  test('with dropReply({ to }) drops the reply of that command on any connection; other commands are executed', async () => {
    const [one, two] = [await establishedWire(), await establishedWire()];
    proxy.dropReply({ to: 'incr key' });
    await one.send('SET other value').receives('+OK\r\n');
    two.socket.write('in');
    await one.send('GET other').receives('$5\r\nvalue\r\n');
    two.socket.write('CR key\r\nINCR more\r\n');
    await two.ends('end');
    await one.send('INCR key').receives(':2\r\n');
    await eventually(async () => (await valueOf('more')) === '1');
  });

  test('with cutReply() ends the connection within a reply', async () => {
    const one = await establishedWire();
    proxy.cutReply(7, { to: 'get' });
    await one.send('SET key value', 'GET key').ends('end');
    expect(one.text).toBe('+OK\r\n$5');
    expect(() => proxy.cutReply(0)).toThrow('bytes: must be a whole number');
  });

  test('with cut() resets all connections and accepts new ones', async () => {
    const wires = await Promise.all([establishedWire(), establishedWire()]);
    proxy.cut();
    await Promise.all(wires.map((one) => one.ends('ECONNRESET')));
    await establishedWire();
    await eventually(() => proxy.stats.open === 1);
    expect(proxy.stats.accepted).toBe(3);
  });

  test('with dropReply() makes an INCR count once while its client gets an error', async () => {
    const params = new RedisConfig({ url: proxy.url }).getConnectionParams();
    const client = new Redis({ ...params, enableOfflineQueue: true });
    client.on('error', () => {});
    stack.push(() => client.disconnect());
    await client.set('warm', 'up');
    proxy.dropReply({ to: 'incr' });
    await expect(client.incr('key')).rejects.toThrow('max retries per request');
    expect(await valueOf('key')).toBe('1');
  });
});

describe('stop() of a FaultProxy', () => {
  test('resets all connections, also with buffered bytes', async () => {
    const one = await establishedWire();
    proxy.delay(60_000);
    one.send('INCR key');
    await proxy.stop();
    await one.ends('ECONNRESET');
    expect(proxy.stats.open).toBe(0);
    await new Wire(proxy.port).ends('ECONNREFUSED');
    await proxy.stop();
  });

  test('does not wait for a connection that its server never accepts', async () => {
    const full = await RedisServer.start({ config: { 'tcp-backlog': '1' } });
    stack.push(() => full.stop());
    const front = await FaultProxy.start(full);
    full.freeze();
    await Promise.all(Array.from({ length: 6 }, () => new Wire(front.port).connected()));
    await eventually(() => front.stats.accepted === 6);
    await front.stop();
    expect(front.stats.open).toBe(0);
  });

  test('is not needed for its process to exit', async () => {
    await requireCurrentBuild();
    const program = `
      import { connect } from 'node:net';
      import { once } from 'node:events';
      import { FaultProxy } from 'nestjs-redis-infra/testing';
      const proxy = await FaultProxy.start(${server.port});
      proxy.delay(5);
      const socket = connect(proxy.port, '127.0.0.1');
      socket.write('PING\\r\\n');
      await once(socket, 'data');
      proxy.delay(60_000);
      socket.write('PING\\r\\n');
      socket.unref();
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
    stack.push(() => void child.kill('SIGKILL'));
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('resets a connection that its client is half-closing, and the process exits', async () => {
    await requireCurrentBuild();
    const program = `
      import { connect } from 'node:net';
      import { once } from 'node:events';
      import { FaultProxy } from 'nestjs-redis-infra/testing';
      const proxy = await FaultProxy.start(${server.port});
      const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.write('PING\\r\\n');
      await once(socket, 'data');
      socket.on('error', (error) => console.log(error.code));
      // The proxy reads the end at heal(), so the other half is shutting down at stop().
      proxy.hold('requests');
      socket.end();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await Promise.all([proxy.heal(), proxy.stop()]);
      console.log('stopped');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname });
    stack.push(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output).toContain('stopped');
    expect(output).toContain('ECONNRESET');
  });
});
