import { Inject, Injectable, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { describe, expect, test, vi } from 'vitest';
import {
  CacheService,
  CleanupService,
  getCleanupToken,
  InjectCleanup,
  RedisModule,
  type CleanupReport,
  type RedisModuleOptions,
} from '../../src/index.js';
import { RedisScheduleModule } from '../../src/schedule.js';
import { bootedApps } from '../support/booted-apps.js';
import { eventually } from '../support/eventually.js';
import { writeKeys } from '../support/many-keys.js';
import { shardsOf, startServers } from '../support/sharded.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const { boot, forget } = bootedApps();

function options(connection: string, cleanup: RedisModuleOptions['cleanup']): RedisModuleOptions {
  return { connection, keyPrefix: 'app:', cleanup, ...LONG_DEADLINE };
}

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

/** The reports of the runs, from now on. */
function reportsOf(cleanup: CleanupService): readonly CleanupReport[] {
  const reports: CleanupReport[] = [];
  cleanup.on('finished', (report) => reports.push(report));
  return reports;
}

describe('the cleanup of RedisModule', () => {
  test('runs on its schedule without a scheduler of the application', async () => {
    const server = await started.server();
    const app = await boot(RedisModule.forRoot(options(server.url, { schedule: '1s', dryRun: false })));
    const cache = app.get(CacheService);
    await cache.set('a', 1, { ttl: '1h', tags: ['t'] });
    await cache.invalidateTags(['t']);
    const reports = reportsOf(app.get(CleanupService));
    await eventually(() => reports.some(({ removed }) => removed.tag === 1), 10_000);
    expect(await server.command('EXISTS', 'app:cache:a')).toBe(0);
  });

  test('is injected by class and by name, also for shards', async () => {
    @Injectable()
    class Operations {
      constructor(
        @Inject(CleanupService) readonly own: CleanupService,
        @InjectCleanup('eu') readonly sharded: CleanupService,
      ) {}
    }
    @Module({ providers: [Operations] })
    class OperationsModule {}
    const servers = await startServers(started, 2);
    const shards = servers.map(({ url }, at) => ({ id: `s${at}`, connection: url }));
    const app = await boot(
      RedisModule.forRoot(options(servers[0]?.url ?? '', { schedule: '1h' })),
      RedisModule.forRoot({ name: 'eu', shards, keyPrefix: 'eu:', cleanup: { schedule: '1h' }, ...LONG_DEADLINE }),
      OperationsModule,
    );
    const { own, sharded } = app.get(Operations, { strict: false });
    expect(app.get(getCleanupToken('eu'))).toBe(sharded);
    expect((await own.run()).outcome).toBe('dry-run');
    const store = shardsOf(
      started,
      servers.map(({ url }) => url),
      { keyPrefix: 'eu:' },
    );
    await store.set('forever', 1);
    expect(await sharded.run()).toMatchObject({ outcome: 'dry-run', found: { 'no-ttl': 1 } });
  });

  test('refuses bad options, an empty prefix, and a cron expression without RedisScheduleModule', async () => {
    const server = await started.server();
    const start = (cleanup: object, keyPrefix = 'app:') =>
      boot(RedisModule.forRoot({ ...options(server.url, cleanup as RedisModuleOptions['cleanup']), keyPrefix }));
    await expect(start({ schedule: '1h', jobs: ['all'] })).rejects.toEqual(invalid('cleanup.jobs'));
    await expect(start({})).rejects.toEqual(invalid('cleanup.schedule'));
    await expect(start({ schedule: '1h' }, '')).rejects.toEqual(invalid('keyPrefix'));
    await expect(start({ schedule: '0 3 * * *' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      context: { path: 'cleanup.schedule' },
      message: expect.stringContaining('nestjs-redis-infra/schedule') as string,
    });
  });

  test('refuses a class that injects the cleanup of an instance without one', async () => {
    @Injectable()
    class Operations {
      constructor(@Inject(CleanupService) readonly cleanup: CleanupService) {}
    }
    @Module({ providers: [Operations] })
    class OperationsModule {}
    await expect(boot(RedisModule.forRoot(), OperationsModule)).rejects.toEqual(invalid('cleanup'));
  });

  test('ends a run after its current step on shutdown, and keeps where it continues', async () => {
    const server = await started.server();
    await writeKeys(server, 'app:', 20_000);
    const app = await boot(RedisModule.forRoot(options(server.url, { schedule: '1d' })));
    const run = app.get(CleanupService).run();
    await eventually(async () => String(await server.command('GET', 'app:~lock:cleanup')).includes('-'));
    forget();
    await app.close();
    expect(await run).toMatchObject({ outcome: 'partial' });
    expect(await server.command('GET', 'app:~cleanup:dry')).toContain('"isFinished":false');
    expect(await server.command('GET', 'app:~lock:cleanup')).toMatch(/ - 0$/);
  });
});

describe('RedisScheduleModule', () => {
  test('runs the cleanup by a cron job of the application, once per tick in several processes', async () => {
    const server = await started.server();
    const module = () => RedisModule.forRoot(options(server.url, { schedule: '* * * * * *' }));
    const apps = await Promise.all(
      [1, 2, 3].map(() => boot(ScheduleModule.forRoot(), module(), RedisScheduleModule.forRoot())),
    );
    const reports = apps.map((app) => reportsOf(app.get(CleanupService)));
    for (const app of apps) expect([...app.get(SchedulerRegistry).getCronJobs().keys()]).toEqual(['redis-cleanup']);
    const runs = () => reports.flat().filter(({ outcome }) => outcome === 'dry-run').length;
    const skipped = () => reports.flat().filter(({ outcome }) => outcome === 'skipped-lock').length;
    await eventually(() => runs() >= 2 && skipped() >= 3, 15_000);
    expect(runs()).toBeLessThanOrEqual(skipped());
  });

  const HOUR_MS = 3_600_000;
  test.each([
    ['0 3 * * 1-5', 24 * HOUR_MS],
    ['0 0,1,2 * * *', HOUR_MS],
  ])('runs at each tick of %s, however its ticks are spaced', async (schedule, shortestMs) => {
    const app = await boot(
      ScheduleModule.forRoot(),
      RedisModule.forRoot({ keyPrefix: 'app:', cleanup: { schedule } }),
      RedisScheduleModule.forRoot(),
    );
    const runScheduled = vi.spyOn(app.get(CleanupService), 'runScheduled').mockResolvedValue({} as CleanupReport);
    await app.get(SchedulerRegistry).getCronJob('redis-cleanup').fireOnTick();
    const [[gapMs, jitterMs] = []] = runScheduled.mock.calls;
    // A change to daylight saving time shortens the day of one tick by an hour.
    expect(gapMs).toBeGreaterThanOrEqual(Math.max(1, (shortestMs - HOUR_MS) / 2));
    expect(gapMs).toBeLessThanOrEqual(shortestMs / 2);
    expect(jitterMs).toBe(10_000);
  });

  test('runs a duration by an interval of the application, which has no further timer', async () => {
    const server = await started.server();
    const app = await boot(
      ScheduleModule.forRoot(),
      RedisModule.forRoot({ name: 'eu', ...options(server.url, { schedule: '1s' }) }),
      RedisScheduleModule.forRoot({ instance: 'eu' }),
    );
    const registry = app.get(SchedulerRegistry);
    expect(registry.getIntervals()).toEqual(['redis-cleanup:eu']);
    const reports = reportsOf(app.get(getCleanupToken('eu')));
    await eventually(() => reports.length > 0, 10_000);
    registry.deleteInterval('redis-cleanup:eu');
    expect(registry.getIntervals()).toEqual([]);
  });

  test('refuses an application without ScheduleModule, and an instance without a cleanup', async () => {
    const withCleanup = RedisModule.forRoot({ keyPrefix: 'app:', cleanup: { schedule: '1h' } });
    await expect(boot(withCleanup, RedisScheduleModule.forRoot())).rejects.toEqual(invalid('RedisScheduleModule'));
    await expect(boot(ScheduleModule.forRoot(), RedisModule.forRoot(), RedisScheduleModule.forRoot())).rejects.toEqual(
      invalid('cleanup'),
    );
    expect(() => RedisScheduleModule.forRoot({ name: 'eu' } as object)).toThrow(
      invalid('RedisScheduleModule.forRoot.name'),
    );
  });
});
