import { Inject, Injectable } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RedisModule, StoreHealth, type RedisInfraError } from 'nestjs-redis-infra';
import { InjectRedisHealth, RedisHealthIndicator, RedisHealthModule } from 'nestjs-redis-infra/terminus';
import { RedisCluster } from 'nestjs-redis-infra/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { shardsOf, startServers } from '../support/sharded.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const { boot } = bootedApps();

afterEach(() => void vi.restoreAllMocks());

const invalid = (path: string): Partial<RedisInfraError> =>
  expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }) as Partial<RedisInfraError>;
const statusOf = (result: object, key = 'redis'): unknown => Reflect.get(Reflect.get(result, key) as object, 'status');

describe('the health of shards', () => {
  test('is degraded while one is down, and down while all required ones are', async () => {
    const servers = await startServers(started, 2);
    const cache = shardsOf(
      started,
      servers.map(({ url }) => url),
    );
    await cache.connect();
    const health = new StoreHealth(cache, { required: true, slowPing: '400ms' });
    await eventually(async () => (await health.check()).status === 'up', 15_000);
    await servers[0]?.kill();
    await eventually(async () => (await health.check()).status === 'degraded', 15_000);
    const { mode, reasons, shards } = await health.check();
    expect({ mode, first: reasons[0] }).toEqual({ mode: 'shards', first: 'shards' });
    expect(shards).toMatchObject({ s0: { status: 'down' }, s1: { status: 'up', role: 'master' } });
    await servers[1]?.kill();
    await eventually(async () => (await health.check()).status === 'down', 15_000);
    await Promise.all(servers.map((server) => server.restart()));
    await eventually(async () => (await health.check()).status === 'up', 15_000);
  });
});

describe('the health of a Cluster', () => {
  test('is degraded while a master is frozen or killed, and down while all calls are refused because of it', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
    const adapter = started.adapter(cluster.url);
    await adapter.connect();
    const health = new StoreHealth(adapter, { required: true, slowPing: '400ms', expose: 'full' });
    const becomes = (status: string): Promise<void> =>
      eventually(async () => (await health.check()).status === status, 30_000);
    await becomes('up');
    const failing = await cluster.masterOf('k');
    failing.freeze();
    started.undo(() => failing.thaw());
    await becomes('degraded');
    const { reasons, nodes, role } = await health.check();
    expect({ role, first: reasons[0] }).toEqual({ role: 'cluster', first: 'nodes' });
    expect(nodes?.filter(({ status }) => status === 'down')).toMatchObject([
      { address: expect.stringContaining(String(failing.port)) as string },
    ]);
    failing.thaw();
    await becomes('up');
    await failing.kill();
    await becomes('degraded');
    await failing.restart();
    await becomes('up');
    // With full coverage the Cluster refuses all calls while the slots of one master are unavailable. The nodes apply the
    // setting when the state of a node changes next.
    for (const node of cluster.nodes) await node.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'yes');
    await failing.kill();
    await becomes('down');
    await failing.restart();
    await becomes('up');
  });
});

describe('RedisHealthModule', () => {
  test('provides the indicator of a named instance, and of an instance with shards', async () => {
    const servers = await startServers(started, 2);
    @Injectable()
    class Indicators {
      constructor(
        @Inject(RedisHealthIndicator) readonly unnamed: RedisHealthIndicator,
        @InjectRedisHealth('sessions') readonly sessions: RedisHealthIndicator,
      ) {}
    }
    const app = await boot(
      RedisModule.forRoot({ connection: 'memory://' }),
      RedisModule.forRoot({
        name: 'sessions',
        shards: servers.map(({ url }, at) => ({ id: `s${at}`, connection: url })),
      }),
      {
        module: class {},
        imports: [
          TerminusModule,
          RedisHealthModule.forRoot(),
          RedisHealthModule.forRootAsync({
            instance: 'sessions',
            useFactory: async () => ({ required: true, slowPing: '400ms' as const }),
          }),
        ],
        providers: [Indicators],
      },
    );
    const { unnamed, sessions } = app.get(Indicators, { strict: false });
    expect(await unnamed.details('redis')).toMatchObject({ redis: { status: 'up', mode: 'memory' } });
    await eventually(async () => statusOf(await sessions.ready('sessions'), 'sessions') === 'up', 15_000);
    expect(await sessions.ready('sessions')).toMatchObject({
      sessions: { mode: 'shards', shards: { s0: 'up', s1: 'up' } },
    });
    expect(await sessions.details('sessions')).toMatchObject({
      sessions: { shards: { s0: { status: 'up', role: 'master' } } },
    });
  });

  test('fails the start when no RedisModule is registered for its instance', async () => {
    await expect(
      boot(RedisModule.forRoot({ connection: 'memory://' }), RedisHealthModule.forRoot({ instance: 'other' })),
    ).rejects.toThrow(invalid('instance'));
  });

  test.each<[string, object]>([
    ['required', { required: 'yes' }],
    ['slowPing', { slowPing: '1s' }],
    ['memoryRatio', { memoryRatio: 90 }],
    ['expose', { expose: 'all' }],
    ['timeout', { timeout: 1 }],
    ['instance', { instance: 'a b' }],
  ])('refuses a bad option %s when it is registered', (path, options) => {
    expect(() => RedisHealthModule.forRoot(options)).toThrow(invalid(path === 'instance' ? 'name' : path));
  });

  test('refuses a bad option of a factory at the start', async () => {
    const health = RedisHealthModule.forRootAsync({ useFactory: () => ({ memoryRatio: 2 }) });
    await expect(boot(RedisModule.forRoot({ connection: 'memory://' }), health)).rejects.toThrow(
      invalid('memoryRatio'),
    );
  });
});
