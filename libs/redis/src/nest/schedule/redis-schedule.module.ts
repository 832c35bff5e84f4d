import { Module, type DynamicModule } from '@nestjs/common';
import { Cron, Interval, SchedulerRegistry } from '@nestjs/schedule';
import { checkOptions, optionInvalid } from '../../common/options.js';
import type { CleanupService } from '../../service/cleanup/cleanup.service.js';
import type { CleanupScheduler } from '../cleanup/cleanup.scheduler.js';
import { getCleanupSchedulerToken } from '../tokens/redis.tokens.js';

/** Options of `RedisScheduleModule.forRoot()`. */
export interface RedisScheduleOptions {
  /** The `name` of the registration of `RedisModule`. @default the instance without a name */
  readonly instance?: string | undefined;
}

/** Runs of one tick spread over this part of the time until the next one, and over this time at most. */
const JITTER = 0.1;
const MAX_JITTER_MS = 10_000;
/** A run counts for a tick if it began less than this part of the time between two ticks ago. */
const SAME_TICK = 0.5;
/** How many of the next ticks are compared: enough for a week with several runs a day. */
const TICKS = 20;

/**
 * Runs the cleanup of an instance by the scheduler of the application: the job `redis-cleanup`, or `redis-cleanup:<name>`, is
 * in its `SchedulerRegistry`. Import it beside `ScheduleModule.forRoot()`, which it does not import itself: called twice, it
 * would run every job of the application twice. The instance must be global, which is the default.
 *
 * @example
 * @Module({
 *   imports: [
 *     ScheduleModule.forRoot(),
 *     RedisModule.forRoot({ keyPrefix: 'app:', cleanup: { schedule: '0 3 * * *', dryRun: false } }),
 *     RedisScheduleModule.forRoot(),
 *   ],
 * })
 * export class AppModule {}
 */
@Module({})
export class RedisScheduleModule {
  /**
   * Registers the job when the application starts, which fails with OPTION_INVALID if `ScheduleModule` is missing, or if the
   * instance has no option `cleanup`.
   * @throws RedisInfraError OPTION_INVALID for an invalid option
   */
  static forRoot(options: RedisScheduleOptions = {}): DynamicModule {
    checkOptions(options, ['instance'], 'RedisScheduleModule.forRoot');
    const { instance } = options;
    const name = instance === undefined ? 'redis-cleanup' : `redis-cleanup:${instance}`;
    return {
      module: RedisScheduleModule,
      providers: [
        {
          provide: `nestjs-redis-infra:${name}`,
          inject: [getCleanupSchedulerToken(instance), { token: SchedulerRegistry, optional: true }],
          useFactory: (scheduler: CleanupScheduler, registry: SchedulerRegistry | undefined) =>
            createJob(name, scheduler, registry),
        },
      ],
    };
  }
}

/** A provider whose method the scheduler of the application finds, as it finds a method with `@Cron` in a class. */
function createJob(name: string, scheduler: CleanupScheduler, registry: SchedulerRegistry | undefined): object {
  if (registry === undefined)
    throw optionInvalid('RedisScheduleModule', 'needs ScheduleModule.forRoot() of @nestjs/schedule in the application');
  const when = scheduler.claim();
  const { cleanup } = scheduler;
  if (cleanup === undefined || when === undefined)
    throw optionInvalid('cleanup', 'is not set for this instance, so RedisScheduleModule has nothing to run');
  const intervalMs = 'cron' in when ? () => cronIntervalMs(registry, name) : () => when.intervalMs;
  const run = (): Promise<void> => runOnce(cleanup, intervalMs());
  class CleanupJob {
    run(): Promise<void> {
      return run();
    }
  }
  const decorate = 'cron' in when ? Cron(when.cron, { name }) : Interval(name, when.intervalMs);
  const method = Object.getOwnPropertyDescriptor(CleanupJob.prototype, 'run');
  if (method !== undefined) decorate(CleanupJob.prototype, 'run', method);
  return new CleanupJob();
}

async function runOnce(cleanup: CleanupService, intervalMs: number): Promise<void> {
  await cleanup.runScheduled(intervalMs * SAME_TICK, Math.min(MAX_JITTER_MS, intervalMs * JITTER));
}

/**
 * The shortest time between two of the next ticks of the job. The ticks of a cron expression may be unevenly spaced, and
 * no run may count for two of them.
 */
function cronIntervalMs(registry: SchedulerRegistry, name: string): number {
  const ticksMs = registry
    .getCronJob(name)
    .nextDates(TICKS)
    .map((tick) => tick.toMillis());
  const gapsMs = ticksMs.slice(1).map((tickMs, at) => tickMs - (ticksMs[at] ?? tickMs));
  return gapsMs.length === 0 ? 0 : Math.min(...gapsMs);
}
