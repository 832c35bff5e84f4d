import { Logger } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { CacheService, RedisAdapter } from 'nestjs-redis-infra';
import type { RedisServer } from 'nestjs-redis-infra/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { healthApp, type HealthApp, type HealthResponse } from '../support/health-app.js';
import { codeOf, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

afterEach(() => void vi.restoreAllMocks());

/** Terminus 11 does not know `degraded`: it reports `up`, with `degraded: true` in the details. */
const knowsDegraded = 'degraded' in new HealthIndicatorService().check('redis');

/** Whether a response reports this status, in the way of the installed Terminus. */
function hasStatus({ code, body, redis }: HealthResponse, status: 'up' | 'degraded' | 'down'): boolean {
  const isDegraded = redis.status === 'degraded' || redis.degraded === true;
  if (status === 'degraded') return code === 200 && isDegraded && body.status === (knowsDegraded ? 'degraded' : 'ok');
  return redis.status === status && !isDegraded && code === (status === 'up' ? 200 : 503);
}

/** Polls `ready` until it has a status for one of these reasons, and returns that response. */
async function becomes(
  app: HealthApp,
  status: 'up' | 'degraded' | 'down',
  reasons: readonly string[] = [],
): Promise<HealthResponse> {
  let last: HealthResponse | undefined;
  await eventually(async () => {
    last = await app.get('ready');
    const given = last.redis.reasons;
    return hasStatus(last, status) && (reasons.length === 0 || reasons.some((reason) => isIn(given, reason)));
  }, 15_000).catch((error: unknown) => {
    throw new Error(`ready did not become ${status}: ${JSON.stringify(last)}`, { cause: error });
  });
  if (last === undefined) throw new Error('no response');
  return last;
}

const isIn = (list: unknown, item: string): boolean => Array.isArray(list) && list.includes(item);

/** The connections of clients, without the one that asks. */
async function clientsOf(server: RedisServer): Promise<number> {
  const list = String(await server.command('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line !== '').length - 1;
}

const required = { required: true } as const;

describe('the health of a Redis that the application requires', () => {
  test('is up while the server answers, with the members of the report and without its address', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    const { redis } = await becomes(app, 'up');
    expect(redis).toMatchObject({
      role: 'master',
      mode: 'standalone',
      responseTime: expect.any(Number) as number,
      connection: { state: 'up', since: expect.any(Number) as number },
      breaker: { read: 'closed', write: 'closed' },
      fallback: { active: false, entries: 0, journal: 0 },
      memory: { usedBytes: expect.any(Number) as number, maxBytes: 0 },
      server: { version: expect.stringMatching(/^\d/) as string },
    });
    const details = await app.get('details');
    expect(JSON.stringify(details.body)).not.toContain(String(server.port));
    expect(await app.get('live')).toMatchObject({ code: 200, redis: { status: 'up' } });
  });

  test('is down while the server is killed, up when it is back, and live throughout', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    await server.kill();
    const { redis } = await becomes(app, 'down');
    expect(redis).toMatchObject({ connection: { state: expect.not.stringMatching('up') as string } });
    expect((await app.get('live')).code).toBe(200);
    await server.restart();
    await becomes(app, 'up');
  });

  test('is down while the server is frozen, without any call that would notice it', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    server.freeze();
    started.undo(() => server.thaw());
    const { redis } = await becomes(app, 'down', ['no-answer']);
    expect(redis).toMatchObject({ connection: { state: 'up' } });
    expect((await app.get('live')).code).toBe(200);
    server.thaw();
    await becomes(app, 'up');
  });

  test('is down while the network drops all packets', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    const app = await healthApp(started, { connection: proxy.url }, required);
    await becomes(app, 'up');
    proxy.blackHole();
    await becomes(app, 'down', ['no-answer', 'circuit-open', 'unavailable']);
    expect((await app.get('live')).code).toBe(200);
    await proxy.heal();
    await becomes(app, 'up');
  });

  test('is down while the application has isolated it', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    const endIsolation = app.app.get(RedisAdapter).isolate();
    await becomes(app, 'down', ['isolated']);
    endIsolation();
    await becomes(app, 'up');
  });
});

describe('the health of an optional Redis', () => {
  test('is degraded while the server is killed and the fallback serves', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url });
    const cache = app.app.get(CacheService);
    await cache.getOrSet('k', () => 1);
    await becomes(app, 'up');
    await server.kill();
    await eventually(async () => (await cache.getOrSet('k', () => 2).catch(() => 0)) > 0);
    const { redis } = await becomes(app, 'degraded', ['fallback']);
    expect(redis).toMatchObject({ fallback: { active: true } });
    await server.restart();
    await becomes(app, 'up');
  });

  test('is down with a wrong password, because waiting does not help', async () => {
    const server = await started.server({ requirepass: 'secret' });
    const url = server.url.replace('secret', 'wrong-password');
    const app = await healthApp(started, { connection: url }, { expose: 'full' });
    await becomes(app, 'down', ['misconfigured']);
    const { body } = await app.get('details');
    expect(JSON.stringify(body)).not.toContain('wrong-password');
  });

  test('is up with the embedded store', async () => {
    const app = await healthApp(started, { connection: 'memory://' }, required);
    expect((await becomes(app, 'up')).redis).toMatchObject({ mode: 'memory' });
  });
});

describe('a server that refuses writes makes the health degraded', () => {
  test('when it is a replica', async () => {
    const master = await started.server();
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    await server.command('REPLICAOF', '127.0.0.1', String(master.port));
    const { redis } = await becomes(app, 'degraded', ['read-only']);
    expect(redis).toMatchObject({ role: 'replica' });
    await server.command('REPLICAOF', 'NO', 'ONE');
    await becomes(app, 'up');
  });

  test('when it requires a replica and has none', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await becomes(app, 'degraded', ['read-only']);
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await becomes(app, 'up');
  });

  test('when its memory is full, before and after a write has failed', async () => {
    const server = await started.server({ config: { 'maxmemory-policy': 'noeviction' } });
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await becomes(app, 'degraded', ['memory']);
    expect(await codeOf(app.app.get(RedisAdapter).set('k', 1))).toBe('OUT_OF_MEMORY');
    const { redis } = await becomes(app, 'degraded', ['writes-refused']);
    expect(redis).toMatchObject({ breaker: { read: 'closed' }, lastError: { code: 'OUT_OF_MEMORY' } });
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await becomes(app, 'up');
  });
});

describe('health checks', () => {
  test('leave no connection, no key and no queued command behind, however many run at once', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url });
    await becomes(app, 'up');
    const adapter = app.app.get(RedisAdapter);
    await eventually(() => adapter.status().pool.inFlight === 0);
    const before = { clients: await clientsOf(server), keys: await server.command('DBSIZE') };
    await Promise.all(Array.from({ length: 50 }, () => app.get('ready')));
    server.freeze();
    started.undo(() => server.thaw());
    await becomes(app, 'degraded', ['no-answer']);
    await Promise.all(Array.from({ length: 50 }, () => app.get('ready')));
    expect(adapter.status().pool).toMatchObject({ inFlight: 0, pending: 0 });
    server.thaw();
    await becomes(app, 'up');
    await eventually(async () => (await clientsOf(server)) === before.clients);
    expect(await server.command('DBSIZE')).toBe(before.keys);
  });

  test('ask the server at most once a second, and only one at a time', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url });
    await becomes(app, 'up');
    const pings = async (): Promise<number> =>
      Number(/^cmdstat_ping:calls=(\d+)/m.exec(String(await server.command('INFO', 'commandstats')))?.[1] ?? 0);
    const before = await pings();
    const startMs = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => app.get('ready')));
    const seconds = Math.ceil((performance.now() - startMs) / 1000);
    expect((await pings()) - before).toBeLessThanOrEqual(seconds);
  });

  test('log one line for each change of the status', async () => {
    const server = await started.server();
    const app = await healthApp(started, { connection: server.url }, required);
    await becomes(app, 'up');
    vi.clearAllMocks();
    await server.kill();
    await becomes(app, 'down');
    for (let i = 0; i < 5; i++) await app.get('ready');
    await server.restart();
    await becomes(app, 'up');
    const lines = (['log', 'warn', 'error'] as const)
      .flatMap((level) => vi.mocked(Logger.prototype[level]).mock)
      .flatMap(({ calls, invocationCallOrder }) =>
        calls.map(([line], i) => ({ line: String(line), at: invocationCallOrder[i] ?? 0 })),
      )
      .toSorted((a, b) => a.at - b.at)
      .flatMap(
        ({ line }) =>
          /^Redis health: (\w+)(?: \(.+\))?; before: (\w+)$/.exec(line)?.slice(1, 3).reverse().join(' -> ') ?? [],
      );
    // Between down and up it may be degraded: the server answers, and the circuits are not closed yet.
    expect(lines.filter((line) => line === 'up -> down')).toHaveLength(1);
    expect(lines.at(0)).toMatch(/^up -> /);
    expect(lines.at(-1)).toMatch(/ -> up$/);
    expect(lines.length).toBeLessThanOrEqual(4);
  });
});
