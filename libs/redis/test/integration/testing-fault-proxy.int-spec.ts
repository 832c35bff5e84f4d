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

/** A bare connection: what it received, and how it ended. */
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

  /** Nothing comes in the time that an answer over the loopback address takes many times over. */
  async staysSilent(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await server.command('PING');
    deepEqual({ text: this.text, ended: this.ended }, { text: '', ended: undefined });
  }
}

const wire = (): Promise<Wire> => new Wire(proxy.port).connected();

/** A connection that has got an answer. */
async function establishedWire(): Promise<Wire> {
  const one = await wire();
  await one.send('PING').receives('+PONG\r\n');
  return one;
}

const valueOf = async (key: string): Promise<unknown> => server.command('GET', key);

describe('a FaultProxy without faults', () => {
  test('lets everything through, both ways, and counts it', async () => {
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

  test('lets one half of a connection end before the other', async () => {
    const one = await wire();
    one.send('SET key value', 'GET key').socket.end();
    await eventually(() => one.ended === 'end');
    expect(one.text).toBe('+OK\r\n$5\r\nvalue\r\n');
    await eventually(() => proxy.stats.open === 0);
  });

  test('hands on the end of a server that is killed, and resets who comes while it is down', async () => {
    const other = await RedisServer.start();
    const before = await FaultProxy.start(other);
    stack.push(
      () => other.stop(),
      () => before.stop(),
    );
    const one = await new Wire(before.port).connected();
    await one.send('PING').receives('+PONG\r\n');
    await other.kill();
    await eventually(() => one.ended !== undefined);
    const two = await new Wire(before.port).connected();
    await two.ends('ECONNRESET');
    await other.restart();
    await (await new Wire(before.port).connected()).send('PING').receives('+PONG\r\n');
  });

  test('hands on a reset by the client', async () => {
    const one = await establishedWire();
    one.socket.resetAndDestroy();
    await eventually(() => proxy.stats.open === 0);
  });

  test('has the credentials and the TLS of its server, or is in front of any port', async () => {
    const secured = await RedisServer.start({ tls: true, requirepass: 'p@ss' });
    stack.push(() => secured.stop());
    const before = await FaultProxy.start(secured);
    stack.push(() => before.stop());
    expect(before.url).toBe(`rediss://:p%40ss@127.0.0.1:${before.port}`);
    const client = new Redis(before.url, { tls: secured.tls });
    expect(await client.ping()).toBe('PONG');
    client.disconnect();

    const plain = await FaultProxy.start(server.port);
    stack.push(() => plain.stop());
    expect(plain.url).toBe(`redis://127.0.0.1:${plain.port}`);
  });
});

describe('a FaultProxy', () => {
  test('refuses new connections, and only those', async () => {
    const one = await establishedWire();
    proxy.refuse();
    await new Wire(proxy.port).ends('ECONNREFUSED');
    await one.send('PING').receives('+PONG\r\n');
    await proxy.heal();
    await establishedWire();
  });

  test('accepts new connections and says nothing', async () => {
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
  ] as const)('swallows %s of an open connection, and the ends too', async (direction, stored) => {
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
  ] as const)('holds %s back and lets them on later', async (direction, stored) => {
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

  test('does not read more than it can keep from a client that it holds up', async () => {
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

  test('delays each direction by its own time, and keeps the order', async () => {
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

  test('throttles', async () => {
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

  test('drops the reply of a command that ran', async () => {
    const one = await establishedWire();
    proxy.dropReply();
    await one.send('INCR key').ends('end');
    expect([one.text, await valueOf('key')]).toEqual(['', '1']);
    await establishedWire();
  });

  test('drops the reply of the command named, whoever sends it, and runs what else was sent', async () => {
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

  test('cuts in the middle of a reply', async () => {
    const one = await establishedWire();
    proxy.cutReply(7, { to: 'get' });
    await one.send('SET key value', 'GET key').ends('end');
    expect(one.text).toBe('+OK\r\n$5');
    expect(() => proxy.cutReply(0)).toThrow('bytes: must be a whole number');
  });

  test('cuts all connections at once, and takes new ones', async () => {
    const wires = await Promise.all([establishedWire(), establishedWire()]);
    proxy.cut();
    await Promise.all(wires.map((one) => one.ends('ECONNRESET')));
    await establishedWire();
    await eventually(() => proxy.stats.open === 1);
    expect(proxy.stats.accepted).toBe(3);
  });

  test('shows what it is for: an INCR whose reply is lost counts once, and its client cannot know', async () => {
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

describe('a FaultProxy that is stopped', () => {
  test('has closed everything, whatever was kept back', async () => {
    const one = await establishedWire();
    proxy.delay(60_000);
    one.send('INCR key');
    await proxy.stop();
    await one.ends('ECONNRESET');
    expect(proxy.stats.open).toBe(0);
    await new Wire(proxy.port).ends('ECONNREFUSED');
    await proxy.stop();
  });

  test('does not wait for a connection that its server never takes', async () => {
    const full = await RedisServer.start({ config: { 'tcp-backlog': '1' } });
    stack.push(() => full.stop());
    const before = await FaultProxy.start(full);
    full.freeze();
    await Promise.all(Array.from({ length: 6 }, () => new Wire(before.port).connected()));
    await eventually(() => before.stats.accepted === 6);
    await before.stop();
    expect(before.stats.open).toBe(0);
  });

  test('or forgotten does not keep its process from ending', async () => {
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

  test('while a client ends its half of a connection resets it, and the process ends without load', async () => {
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
      // Read by the proxy at the moment at which it ends: the other half is being shut down then.
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
