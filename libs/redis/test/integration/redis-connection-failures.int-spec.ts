import { createServer, type AddressInfo } from 'node:net';
import { RedisSentinels } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RedisAdapter, RedisConfigOptions } from '../../src/index.js';
import { ConnectionLog } from '../../src/nest/connection.log.js';
import { eventually } from '../support/eventually.js';
import { failure, startedPerTest } from '../support/started.js';

const started = startedPerTest();
/** Nothing listens on it. */
const CLOSED_PORT = 1;

interface Failed {
  readonly state: 'down' | 'misconfigured';
  readonly retryable: boolean;
  readonly context: object;
}

const lasting = (reason: string): Failed => ({ state: 'misconfigured', retryable: false, context: { reason } });
const passing = (reason: string, system?: string): Failed => ({
  state: 'down',
  retryable: true,
  context: system === undefined ? { reason } : { reason, system },
});

/** Connects in vain, and goes on for a while: state, error and log say the same all the time. */
async function fails(options: RedisConfigOptions, expected: Failed): Promise<void> {
  const adapter: RedisAdapter = started.adapter(options);
  const lines: string[] = [];
  const say = (line: unknown): void => void lines.push(String(line));
  new ConnectionLog(adapter, { log: say, warn: say, error: say }).start();
  const attempts = vi.fn();
  adapter.on('reconnecting', attempts);
  const { state, ...error } = expected;
  expect(await failure(adapter.connect())).toMatchObject({ code: 'CONNECTION_FAILED', ...error });
  expect(adapter.status().state).toBe(state);
  await eventually(() => attempts.mock.calls.length > 2, 15_000);
  expect(adapter.status().state).toBe(state);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^Redis is down: /);
}

describe('an adapter whose Sentinels name no master', () => {
  const PASSWORD = 'S3cret-of-the-sentinels';
  let group: RedisSentinels;
  let sentinels: string[];
  beforeAll(async () => {
    group = await RedisSentinels.start({ replicas: 0, sentinels: 2, sentinelPassword: PASSWORD });
    sentinels = group.sentinels.map(({ port }) => `127.0.0.1:${port}`);
  }, 60_000);
  afterAll(() => group.stop());

  const given = (more: RedisConfigOptions): RedisConfigOptions => ({
    sentinels,
    sentinelName: 'main',
    sentinelPassword: PASSWORD,
    ...more,
  });

  test('because the name of the group is wrong is misconfigured, and says so', () =>
    fails(given({ sentinelName: 'other' }), lasting('SENTINEL_NAME')));

  test('because they ask for a password is misconfigured, and says so', () =>
    fails(given({ sentinelPassword: undefined }), lasting('SENTINEL_NOAUTH')));

  test('because the password is wrong is misconfigured, and says so', () =>
    fails(given({ sentinelPassword: 'wrong' }), lasting('SENTINEL_WRONGPASS')));

  test('because the port is that of a data server is misconfigured, and says so', () =>
    fails(
      given({ sentinels: [`127.0.0.1:${group.servers[0]?.port}`], sentinelPassword: undefined }),
      lasting('NOT_A_SENTINEL'),
    ));

  test('because nothing listens there is down, and says so', () =>
    fails(given({ sentinels: [`127.0.0.1:${CLOSED_PORT}`] }), passing('SENTINELS_UNREACHABLE', 'ECONNREFUSED')));

  test('because only the client speaks TLS is down, and says so', () =>
    fails(given({ sentinelTls: true }), passing('TLS_NO_ANSWER', 'ETIMEDOUT')));

  test('is misconfigured where one Sentinel refuses it and another cannot be reached', () =>
    fails(
      given({ sentinels: [`127.0.0.1:${CLOSED_PORT}`, ...sentinels], sentinelName: 'other' }),
      lasting('SENTINEL_NAME'),
    ));

  test('says the same of acquire() and of a call', async () => {
    const adapter = started.adapter(given({ sentinelPassword: 'wrong' }));
    const error = { code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'SENTINEL_WRONGPASS' } };
    expect(await failure(adapter.get('k'))).toMatchObject(error);
    expect(await failure(adapter.acquire())).toMatchObject(error);
    expect(JSON.stringify(await failure(adapter.get('k')))).not.toContain('wrong');
  });

  test('finds the master as soon as they name it', async () => {
    const one = await RedisSentinels.start({ replicas: 0, sentinels: 1 });
    started.undo(() => one.stop());
    const [sentinel] = one.sentinels;
    await sentinel?.command('SENTINEL', 'REMOVE', 'main');
    const adapter = started.adapter(one.url);
    expect(await failure(adapter.connect())).toMatchObject({ context: { reason: 'SENTINEL_NAME' } });
    await sentinel?.command('SENTINEL', 'MONITOR', 'main', '127.0.0.1', one.servers[0]?.port ?? 0, 1);
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 'v');
  });
});

describe('an adapter whose Sentinels name a master', () => {
  test('at which nothing listens is down, and says so', async () => {
    const group = await RedisSentinels.start({ replicas: 0, sentinels: 1 });
    started.undo(() => group.stop());
    await group.servers[0]?.kill();
    await fails({ url: group.url }, passing('MASTER_UNREACHABLE', 'ECONNREFUSED'));
  });

  test('that is a replica is down, and says so', async () => {
    const group = await RedisSentinels.start({ replicas: 1, sentinels: 1 });
    started.undo(() => group.stop());
    const [master, replica] = group.servers;
    const natMap = { [`127.0.0.1:${master?.port}`]: { host: '127.0.0.1', port: replica?.port ?? 0 } };
    await fails({ url: group.url, ioredis: { natMap } }, passing('NOT_A_MASTER'));
  });
});

describe('TLS', () => {
  test('to the data servers only, or to the Sentinels only, is an option of its own', async () => {
    const secure = await RedisSentinels.start({ replicas: 0, sentinels: 1, tls: true });
    started.undo(() => secure.stop());
    const plain = await started.server();
    const natMap = { [`127.0.0.1:${secure.servers[0]?.port}`]: { host: '127.0.0.1', port: plain.port } };
    const sentinels = secure.sentinels.map(({ port }) => `127.0.0.1:${port}`);
    const mixed = started.adapter({ sentinels, sentinelName: 'main', sentinelTls: secure.tls, ioredis: { natMap } });
    await mixed.set('k', 'over plain TCP');
    expect(await plain.command('GET', 'k')).toBe('"over plain TCP"');

    const open = await RedisSentinels.start({ replicas: 0, sentinels: 1 });
    started.undo(() => open.stop());
    const data = { host: '127.0.0.1', port: secure.servers[0]?.port ?? 0 };
    const other = started.adapter({
      sentinels: open.sentinels.map(({ port }) => `127.0.0.1:${port}`),
      sentinelName: 'main',
      tls: secure.tls,
      sentinelTls: false,
      ioredis: { natMap: { [`127.0.0.1:${open.servers[0]?.port}`]: data } },
    });
    await other.set('k', 'over TLS');
    expect(await secure.servers[0]?.command('GET', 'k')).toBe('"over TLS"');
  });

  test.each(['standalone', 'cluster'] as const)('of the client only is named as the cause (%s)', async (mode) => {
    const server = await started.server({ config: mode === 'cluster' ? { 'cluster-enabled': 'yes' } : {} });
    const { port } = server;
    const address = mode === 'cluster' ? { nodes: [`127.0.0.1:${port}`] } : { host: '127.0.0.1', port };
    await fails({ ...address, tls: true }, passing('TLS_NO_ANSWER', 'ETIMEDOUT'));
  });

  test.each(['standalone', 'cluster'] as const)('of the server only is named as the cause (%s)', async (mode) => {
    const server = await started.server({ tls: true, config: mode === 'cluster' ? { 'cluster-enabled': 'yes' } : {} });
    const { port } = server;
    const address = mode === 'cluster' ? { nodes: [`127.0.0.1:${port}`] } : { host: '127.0.0.1', port };
    await fails(address, passing('NO_ANSWER'));
  });

  test('with a certificate that is not trusted is misconfigured, and says so', async () => {
    const { port } = await started.server({ tls: true });
    await fails({ host: '127.0.0.1', port, tls: true }, lasting('TLS_CERTIFICATE'));
  });

  test('to a server that answers in another protocol is misconfigured, and says so', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    started.undo(() => server.close());
    await fails({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: true }, lasting('TLS_REFUSED'));
  });

  test('without the certificate that the server asks for is named as the cause', async () => {
    const server = await started.server({ tls: true, config: { 'tls-auth-clients': 'yes' } });
    const adapter = started.adapter({ host: '127.0.0.1', port: server.port, tls: server.tls });
    // The server says so and resets the connection, and the reset may arrive first.
    const reason = expect.stringMatching(/^TLS_(CLIENT_CERTIFICATE|CLOSED)$/);
    expect(await failure(adapter.connect())).toMatchObject({ code: 'CONNECTION_FAILED', context: { reason } });
  });
});

test('a server that closes each connection before it answers is down, and says so', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.undo(() => server.close());
  await fails({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, passing('NO_ANSWER'));
});
