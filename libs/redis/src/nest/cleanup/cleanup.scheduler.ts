import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '../../common/logger.js';
import { optionInvalid } from '../../common/options.js';
import type { CleanupService } from '../../service/cleanup/cleanup.service.js';
import type { CleanupSchedule } from '../../service/cleanup/cleanup-options.js';

/**
 * Starts and stops the cleanup of an instance. A timer of this package runs it, unless `RedisScheduleModule` has claimed the
 * schedule for the scheduler of the application.
 */
export class CleanupScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private isClaimed = false;

  constructor(
    /** Undefined if the option `cleanup` is not set. */
    readonly cleanup: CleanupService | undefined,
    logger: Logger,
  ) {
    // Tests may replace the service by an object without events.
    cleanup?.on?.('finished', ({ outcome, code }) => {
      if (outcome === 'error') logger.warn(`the cleanup ended early (${code ?? 'unknown'}); the next run continues it`);
    });
  }

  /** Another scheduler runs the cleanup from now on. */
  claim(): CleanupSchedule | undefined {
    this.isClaimed = true;
    return this.cleanup?.schedule;
  }

  /** @throws RedisInfraError OPTION_INVALID for a cron expression without `RedisScheduleModule` */
  check(): void {
    const { schedule } = this.cleanup ?? {};
    if (schedule === undefined || !('cron' in schedule) || this.isClaimed) return;
    throw optionInvalid(
      'cleanup.schedule',
      'a cron expression needs RedisScheduleModule of nestjs-redis-infra/schedule: import RedisScheduleModule.forRoot(), or use a duration',
    );
  }

  onApplicationBootstrap(): void {
    if (this.cleanup?.schedule !== undefined && !this.isClaimed) this.cleanup.start();
  }

  /** Waits for the current step of a run. The schedule ends while connections are still open. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.cleanup?.stop?.();
  }
}
