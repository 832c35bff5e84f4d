import { createServer, type AddressInfo } from 'node:net';
import { RedisSentinels } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RedisAdapter, RedisConfigOptions } from '../../src/index.js';
import { logConnection } from '../../src/nest/redis.logs.js';
import { eventually } from '../support/eventually.js';
import { failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
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

/** Expects connect and the next attempts to fail: with the same state and error, and a single log line. */
async function fails(options: RedisConfigOptions, expected: Failed): Promise<void> {
  const adapter: RedisAdapter = started.adapter(options);
  const lines: string[] = [];
  const log = (line: unknown): void => void lines.push(String(line));
  logConnection(adapter, { log, warn: log, error: log });
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

describe('an adapter whose Sentinels report no master', () => {
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

  test('is misconfigured with SENTINEL_NAME for a wrong group name', () =>
    fails(given({ sentinelName: 'other' }), lasting('SENTINEL_NAME')));

  test('is misconfigured with SENTINEL_NOAUTH for a missing Sentinel password', () =>
    fails(given({ sentinelPassword: undefined }), lasting('SENTINEL_NOAUTH')));

  test('is misconfigured with SENTINEL_WRONGPASS for a wrong Sentinel password', () =>
    fails(given({ sentinelPassword: 'wrong' }), lasting('SENTINEL_WRONGPASS')));

  test('is misconfigured with NOT_A_SENTINEL for the port of a data server', () =>
    fails(
      given({ sentinels: [`127.0.0.1:${group.servers[0]?.port}`], sentinelPassword: undefined }),
      lasting('NOT_A_SENTINEL'),
    ));

  test('is down with SENTINELS_UNREACHABLE when nothing listens', () =>
    fails(given({ sentinels: [`127.0.0.1:${CLOSED_PORT}`] }), passing('SENTINELS_UNREACHABLE', 'ECONNREFUSED')));

  test('is down with TLS_NO_ANSWER when only the client uses TLS', () =>
    fails(given({ sentinelTls: true }), passing('TLS_NO_ANSWER', 'ETIMEDOUT')));

  test('is misconfigured when one Sentinel refuses it and another is unreachable', () =>
    fails(
      given({ sentinels: [`127.0.0.1:${CLOSED_PORT}`, ...sentinels], sentinelName: 'other' }),
      lasting('SENTINEL_NAME'),
    ));

  test('rejects acquire() and calls with the error of connect, without the password', async () => {
    const adapter = started.adapter(given({ sentinelPassword: 'wrong' }));
    const error = { code: 'CONNECTION_FAILED', retryable: false, context: { reason: 'SENTINEL_WRONGPASS' } };
    expect(await failure(adapter.get('k'))).toMatchObject(error);
    expect(await failure(adapter.acquire())).toMatchObject(error);
    expect(JSON.stringify(await failure(adapter.get('k')))).not.toContain('wrong');
  });

  test('connects to the master once they report it', async () => {
    const single = await RedisSentinels.start({ replicas: 0, sentinels: 1 });
    started.undo(() => single.stop());
    const [sentinel] = single.sentinels;
    await sentinel?.command('SENTINEL', 'REMOVE', 'main');
    const adapter = started.adapter(single.url);
    expect(await failure(adapter.connect())).toMatchObject({ context: { reason: 'SENTINEL_NAME' } });
    await sentinel?.command('SENTINEL', 'MONITOR', 'main', '127.0.0.1', single.servers[0]?.port ?? 0, 1);
    await eventually(() => adapter.status().state === 'up');
    await adapter.set('k', 'v');
  });
});

describe('an adapter whose Sentinels report a master', () => {
  test('is down with MASTER_UNREACHABLE when nothing listens there', async () => {
    const group = await RedisSentinels.start({ replicas: 0, sentinels: 1 });
    started.undo(() => group.stop());
    await group.servers[0]?.kill();
    await fails({ url: group.url }, passing('MASTER_UNREACHABLE', 'ECONNREFUSED'));
  });

  test('is down with NOT_A_MASTER when that server is a replica', async () => {
    const group = await RedisSentinels.start({ replicas: 1, sentinels: 1 });
    started.undo(() => group.stop());
    const [master, replica] = group.servers;
    const natMap = { [`127.0.0.1:${master?.port}`]: { host: '127.0.0.1', port: replica?.port ?? 0 } };
    await fails({ url: group.url, ioredis: { natMap } }, passing('NOT_A_MASTER'));
  });
});

describe('TLS', () => {
  test('can be enabled for the data servers only or for the Sentinels only', async () => {
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

  test.each(['standalone', 'cluster'] as const)('of the client only gives TLS_NO_ANSWER (%s)', async (mode) => {
    const server = await started.server({ config: mode === 'cluster' ? { 'cluster-enabled': 'yes' } : {} });
    const { port } = server;
    const address = mode === 'cluster' ? { nodes: [`127.0.0.1:${port}`] } : { host: '127.0.0.1', port };
    await fails({ ...address, tls: true }, passing('TLS_NO_ANSWER', 'ETIMEDOUT'));
  });

  test.each(['standalone', 'cluster'] as const)('of the server only gives NO_ANSWER (%s)', async (mode) => {
    const server = await started.server({ tls: true, config: mode === 'cluster' ? { 'cluster-enabled': 'yes' } : {} });
    const { port } = server;
    const address = mode === 'cluster' ? { nodes: [`127.0.0.1:${port}`] } : { host: '127.0.0.1', port };
    await fails(address, passing('NO_ANSWER'));
  });

  test('with an untrusted certificate gives TLS_CERTIFICATE and the state misconfigured', async () => {
    const { port } = await started.server({ tls: true });
    await fails({ host: '127.0.0.1', port, tls: true }, lasting('TLS_CERTIFICATE'));
  });

  test('to a server of another protocol gives TLS_REFUSED and the state misconfigured', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    started.undo(() => server.close());
    await fails({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: true }, lasting('TLS_REFUSED'));
  });

  test('without a client certificate that the server requires gives TLS_CLIENT_CERTIFICATE or TLS_CLOSED', async () => {
    const server = await started.server({ tls: true, config: { 'tls-auth-clients': 'yes' } });
    const adapter = started.adapter({ host: '127.0.0.1', port: server.port, tls: server.tls });
    // The server sends an alert and resets the connection. The reset may arrive first.
    const reason = expect.stringMatching(/^TLS_(CLIENT_CERTIFICATE|CLOSED)$/);
    expect(await failure(adapter.connect())).toMatchObject({ code: 'CONNECTION_FAILED', context: { reason } });
  });
});

test('an adapter whose server closes each connection before it answers is down with NO_ANSWER', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.undo(() => server.close());
  await fails({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, passing('NO_ANSWER'));
});
