import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net';
import { RedisCluster } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import type { RedisInfraError } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { failure, inService, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

/** A server that is not Redis: it sends `greeting` on connect, and `answer` for each chunk. */
async function listen({ greeting, answer }: { greeting?: string; answer?: string }): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (greeting !== undefined) socket.write(greeting);
    socket.on('data', () => answer !== undefined && socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.undo(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the error for an ACL user without a permission', () => {
  test('names the refused handshake command and the rule that allows it', async () => {
    const server = await started.server({ users: { bob: { password: 'pw', rules: '~* +@all -select' } } });
    const error = await failure(started.adapter(`${server.urlOf({ user: 'bob' })}/2`).connect());
    expect(error).toMatchObject({ retryable: false, context: { reason: 'NOPERM', step: 'SELECT' } });
    expect(error.message).toContain('ACL SETUSER <user> +select');
    expect(error.message).not.toContain('hello');
  });

  test.each([
    ['GET', '-get', '+get'],
    ['SET', '-set', '+set'],
    ['INCR', '-eval', '+eval'],
  ])('names the rule that allows %s when the rules have %s', async (command, without, grant) => {
    const server = await started.server({ users: { bob: { password: 'pw', rules: `~* +@all ${without}` } } });
    const bob = started.adapter(server.url);
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      GET: () => bob.get('k'),
      SET: () => bob.set('k', 1),
      INCR: () => bob.incr('k'),
    };
    const error = await failure(calls[command]?.() ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', retryable: false, context: { reply: 'NOPERM' } });
    expect(error.message).toContain(`ACL SETUSER <user> ${grant}`);
  });

  test('names a missing key pattern without the key', async () => {
    const server = await started.server({ users: { bob: { password: 'pw', rules: '~mine:* +@all' } } });
    const error = await failure(started.adapter(server.url).set('other:canary', 1));
    expect(error.message).toContain('ACL SETUSER <user> ~<pattern>');
    expect(error.message).not.toContain('canary');
  });

  test('names the command that the cluster client needs', async () => {
    const server = await started.server({
      users: { bob: { password: 'pw', rules: '~* +@all -cluster' } },
      config: { 'cluster-enabled': 'yes' },
    });
    const adapter = started.adapter(server.url.replace('redis://', 'redis+cluster://'));
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ retryable: false, context: { reason: 'NOPERM', step: 'CLUSTER SLOTS' } });
    expect(error.message).toContain('ACL SETUSER <user> +cluster|slots');
    expect(adapter.status().state).toBe('misconfigured');
  });

  test('is none without CLUSTER INFO: the adapter works and emits one limited event', async () => {
    const cluster = await RedisCluster.start({
      users: { bob: { password: 'pw', rules: '~* +@all -cluster|info -info -client' } },
    });
    started.undo(() => cluster.stop());
    const adapter = started.adapter(cluster.url);
    const limits: string[] = [];
    adapter.on('limited', ({ command }) => limits.push(command));
    await adapter.connect();
    await adapter.set('k', 1);
    expect(await adapter.get('k')).toBe(1);
    expect(limits.toSorted()).toEqual(['CLIENT INFO', 'CLUSTER INFO', 'INFO']);
  });
});

describe('a server at maxclients', () => {
  test.each([undefined, 1])('makes connect to database %s reject with MAX_CLIENTS until there is room', async (db) => {
    const server = await started.server({ config: { maxclients: '2' } });
    const others = [dial(server.port, '127.0.0.1'), dial(server.port, '127.0.0.1')];
    started.undo(() => others.forEach((socket) => socket.destroy()));
    await eventually(() => others.every((socket) => !socket.connecting));
    const adapter = started.adapter(db === undefined ? server.url : `${server.url}/${db}`);
    const error = await failure(adapter.connect());
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', retryable: true, context: { reason: 'MAX_CLIENTS' } });
    expect(error.message).toMatch(/maxclients/);
    expect(adapter.status().state).toBe('down');
    const { cause } = await failure(adapter.get('k'));
    expect((cause as RedisInfraError).message).toMatch(/maxclients/);
    expect(await failure(adapter.acquire())).toMatchObject({ context: { reason: 'MAX_CLIENTS' } });
    others.forEach((socket) => socket.destroy());
    await inService(adapter);
  });
});

describe('a port of a server that is not Redis', () => {
  test.each([
    ['an HTTP server', { answer: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' }],
    ['an SSH server', { greeting: 'SSH-2.0-OpenSSH_9.2\r\n' }],
    ['an SMTP server', { greeting: '220 mail.example.com ESMTP\r\n' }],
    ['memcached', { answer: 'ERROR\r\n' }],
    ['a TLS server', { answer: '\u0015\u0003\u0003\u0000\u0002\u0002\u0046' }],
  ])('makes connect reject with PROTOCOL, not retryable: %s', async (_name, behaviour) => {
    const adapter = started.adapter(await listen(behaviour));
    expect(await failure(adapter.connect())).toMatchObject({
      code: 'CONNECTION_FAILED',
      retryable: false,
      context: { reason: 'PROTOCOL' },
    });
    expect(adapter.status().state).toBe('misconfigured');
    expect(await failure(adapter.acquire())).toMatchObject({ retryable: false, context: { reason: 'PROTOCOL' } });
  });
});
