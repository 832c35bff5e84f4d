import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { RedisServer, ReplyError, TEST_CERTIFICATES, type RedisServerOptions } from 'nestjs-redis-infra/testing';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { requireCurrentBuild } from '../../../../test/built.package.js';
import { RedisConfig } from '../../src/index.js';
import { eventually } from '../support/eventually.js';

const stack: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const undo of stack.splice(0).reverse()) await undo();
});

async function start(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  stack.push(() => server.stop());
  return server;
}

function clientOf(url: string, options: RedisOptions = {}): Redis {
  const client = new Redis({
    ...new RedisConfig({ url }).getConnectionParams(),
    enableOfflineQueue: true,
    retryStrategy: () => null,
    ...options,
  });
  client.on('error', () => {});
  stack.push(() => client.disconnect());
  return client;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether nothing listens on the port. A pid is no proof, because it exists until the process is reaped. */
async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

describe('a RedisServer', () => {
  test('answers after start(), and stop() ends the process and removes its files', async () => {
    const server = await start();
    const [, folder] = (await server.command('CONFIG', 'GET', 'dir')) as [string, string];
    const pid = server.pid as number;
    expect(await clientOf(server.url).ping()).toBe('PONG');
    expect([server.state, isAlive(pid), existsSync(folder)]).toEqual(['running', true, true]);

    await server.stop();
    expect([server.state, server.pid, isAlive(pid), existsSync(folder)]).toEqual(['stopped', undefined, false, false]);
  });

  test('refuses connections after kill(), and restart() starts it empty on the same port', async () => {
    const server = await start();
    await clientOf(server.url).set('key', 'value');
    await server.kill();
    await expect(clientOf(server.url).ping()).rejects.toThrow('Connection is closed.');
    await server.restart();
    expect(await clientOf(server.url).get('key')).toBeNull();
  });

  test('loads the snapshot of save() on restart()', async () => {
    const server = await start();
    const client = clientOf(server.url);
    await client.set('key', 'saved');
    await server.save();
    await client.set('key', 'newer');
    await server.restart();
    expect(await clientOf(server.url).get('key')).toBe('saved');
  });

  test('saves its data on shutdown() if `save` is set', async () => {
    const server = await start({ config: { save: ['3600', '1'] } });
    await clientOf(server.url).set('key', 'value');
    await server.shutdown();
    expect(server.state).toBe('stopped');
    await server.restart();
    expect(await clientOf(server.url).get('key')).toBe('value');
  });

  test('accepts connections after freeze(), and answers them after thaw()', async () => {
    const server = await start();
    server.freeze();
    expect(server.state).toBe('frozen');
    const socket = connect(server.port, '127.0.0.1');
    stack.push(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const reply = once(socket, 'data');
    await expect(server.command('PING')).rejects.toThrow('no reply to PING within 2000 ms');

    server.thaw();
    expect(String((await reply)[0])).toBe('+PONG\r\n');
    expect(server.state).toBe('running');
  });

  test('is stopped when its process is killed from outside', async () => {
    const server = await start();
    process.kill(server.pid as number, 'SIGKILL');
    await eventually(() => server.state === 'stopped');
    await server.restart();
    expect(await server.command('PING')).toBe('PONG');
  });

  test('rejects start() with the output of the server for an invalid setting', async () => {
    await expect(RedisServer.start({ config: { maxmemory: 'much' } })).rejects.toThrow(
      /redis-server ended.*maxmemory/s,
    );
  });

  test('returns replies of every type from command(), and throws error replies', async () => {
    const server = await start();
    expect(await server.command('SET', 'text', 'zürich\r\n')).toBe('OK');
    expect(await server.command('GET', 'text')).toBe('zürich\r\n');
    expect(await server.command('GET', 'nothing')).toBeNull();
    expect(await server.command('INCRBY', 'number', 41)).toBe(41);
    expect(await server.command('EVAL', "return {1, {'a', {}}, false}", 0)).toEqual([1, ['a', []], null]);
    const refused = server.command('LPUSH', 'text', 'x');
    await expect(refused).rejects.toThrow(/^WRONGTYPE/);
    await expect(refused).rejects.toBeInstanceOf(ReplyError);
  });
});

describe('a RedisServer with access control', () => {
  test('requires its password, which its url contains', async () => {
    const password = 'p@ss/word #1: "ü\\"';
    const server = await start({ requirepass: password });
    expect(await clientOf(server.url).ping()).toBe('PONG');
    await expect(clientOf(`redis://127.0.0.1:${server.port}`).get('key')).rejects.toThrow(/^NOAUTH/);
    await expect(clientOf(`redis://:wrong@127.0.0.1:${server.port}`).get('key')).rejects.toThrow(/WRONGPASS|NOAUTH/);
  });

  test('grants users the commands of their rules, and refuses the default user', async () => {
    const users = { app: { password: 's3cret', rules: '~app:* +@all -flushall' }, admin: { password: 'other' } };
    const server = await start({ users });
    const [app, admin] = [clientOf(server.url), clientOf(server.urlOf({ user: 'admin' }))];
    expect(await app.set('app:key', 'value')).toBe('OK');
    expect(await admin.get('app:key')).toBe('value');
    await expect(app.set('key', 'value')).rejects.toThrow(/^NOPERM/);
    await expect(app.flushall()).rejects.toThrow(/^NOPERM/);
    await expect(clientOf(`redis://127.0.0.1:${server.port}`).get('app:key')).rejects.toThrow(/^NOAUTH/);
    expect(() => server.urlOf({ user: 'absent' })).toThrow("unknown user 'absent': the users are app, admin");
  });

  test('accepts command() after its passwords were changed', async () => {
    const server = await start({ requirepass: 'old', users: { app: { password: 'old' } } });
    await server.command('CONFIG', 'SET', 'requirepass', 'new');
    await server.command('ACL', 'SETUSER', 'app', 'resetpass', '>new');
    await expect(clientOf(server.url).get('key')).rejects.toThrow(/WRONGPASS|NOAUTH/);
    expect(await clientOf(`redis://app:new@127.0.0.1:${server.port}`).ping()).toBe('PONG');
  });
});

describe('a RedisServer with TLS', () => {
  test('accepts TLS only, with a certificate that clients can verify', async () => {
    const server = await start({ tls: true, requirepass: 'p' });
    expect(server.url).toBe(`rediss://:p@127.0.0.1:${server.port}`);
    expect(await clientOf(server.url, { tls: server.tls }).ping()).toBe('PONG');
    expect(await clientOf(server.url.replace('127.0.0.1', 'localhost'), { tls: server.tls, family: 4 }).ping()).toBe(
      'PONG',
    );
    await expect(clientOf(server.url).ping()).rejects.toThrow('Connection is closed.');
    await expect(clientOf(server.url.replace('rediss', 'redis')).ping()).rejects.toThrow('Connection is closed.');
  });

  test('can require a client certificate', async () => {
    const server = await start({ tls: true, config: { 'tls-auth-clients': 'yes' } });
    await expect(clientOf(server.url, { tls: server.tls }).ping()).rejects.toThrow('Connection is closed.');
    expect(await clientOf(server.url, { tls: { ...TEST_CERTIFICATES } }).ping()).toBe('PONG');
    await server.restart();
  });
});

describe('a RedisServer with a unix socket', () => {
  test('is reachable at its url over the socket, and at its port', async () => {
    const server = await start({ unixSocket: true, requirepass: 'p' });
    expect(server.url).toBe(`redis+unix://:p@${server.socketPath}`);
    expect(await clientOf(server.url).ping()).toBe('PONG');
    expect(await clientOf(server.urlOf()).ping()).toBe('PONG');
  });
});

describe('a RedisServer that is a replica', () => {
  test.each([{}, { tls: true, requirepass: 'p' }])('follows its master: %o', async (options) => {
    const master = await start(options);
    await master.command('SET', 'before', 'value');
    const replica = await start({ ...options, replicaOf: master });
    expect([await master.role(), await replica.role(), await replica.isInSync()]).toEqual(['master', 'replica', true]);
    expect(await replica.command('GET', 'before')).toBe('value');
    await expect(replica.command('SET', 'key', 'value')).rejects.toThrow(/^READONLY/);
    await master.command('SET', 'after', 'value');
    await eventually(async () => (await replica.command('GET', 'after')) === 'value');

    await master.kill();
    await eventually(async () => !(await replica.isInSync()));
    expect(await replica.command('GET', 'after')).toBe('value');
  });
});

/** Runs on the built package. Starts two servers, freezes one, and then ends, throws or waits. */
const HOLDER = `
  import { RedisServer } from 'nestjs-redis-infra/testing';
  const servers = [await RedisServer.start(), await RedisServer.start()];
  const [, folder] = await servers[0].command('CONFIG', 'GET', 'dir');
  servers[1].freeze();
  const how = process.argv[1];
  if (how === 'waits') setInterval(() => {}, 1000);
  console.log(JSON.stringify({ ports: servers.map(({ port }) => port), folder }));
  if (how === 'throws') throw new Error('of the test');
`;

describe('the servers of a process', () => {
  beforeAll(requireCurrentBuild);

  async function run(
    how: 'ends' | 'throws' | 'waits',
    signal?: NodeJS.Signals,
  ): Promise<{ ports: number[]; folder: string }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, how], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    stack.push(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => output.includes('\n'), 10_000);
    const ended = once(child, 'exit');
    if (signal !== undefined) child.kill(signal);
    await ended;
    return JSON.parse(output) as { ports: number[]; folder: string };
  }

  test.each([
    ['ends', undefined],
    ['throws', undefined],
    ['waits', 'SIGINT'],
    ['waits', 'SIGTERM'],
    ['waits', 'SIGKILL'],
  ] as const)('end with it, frozen ones too, when it %s %s', async (how, signal) => {
    const { ports, folder } = await run(how, signal);
    expect(ports).toHaveLength(2);
    for (const port of ports) await eventually(() => refuses(port));
    await eventually(() => !existsSync(folder) && !existsSync(dirname(folder)));
  });
});
