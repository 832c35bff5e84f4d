import { outsideRequests } from '../../common/async-context.js';
import type { Environment } from '../../common/time/environment.js';
import type { CleanupReport } from './cleanup-report.js';

/** The part of the interval over which the processes of a fleet spread. */
const JITTER = 0.1;

/** What a timer or a scheduler starts. */
export interface ScheduledCleanup {
  runScheduled(minGapMs: number): Promise<CleanupReport>;
}

/**
 * Starts runs at an interval. Each process of the fleet has a timer, and the first one whose timer ends in an interval
 * runs for all: later ones find that a run has just begun.
 */
export class CleanupTimer {
  private cancel: (() => void) | undefined;

  constructor(
    private readonly cleanup: ScheduledCleanup,
    private readonly environment: Environment,
  ) {}

  start(intervalMs: number): void {
    this.stop();
    this.next(intervalMs);
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private next(intervalMs: number): void {
    const { timers, random } = this.environment;
    const afterMs = intervalMs * (1 - JITTER * random());
    const cancel = outsideRequests(() =>
      timers.afterInBackground(afterMs, () => {
        // The next interval begins when the run has ended, so runs do not overlap.
        void this.cleanup.runScheduled(intervalMs * (1 - 2 * JITTER)).then(
          () => this.continue(intervalMs, cancel),
          () => this.continue(intervalMs, cancel),
        );
      }),
    );
    this.cancel = cancel;
  }

  /** Unless the timer was stopped or started again meanwhile. */
  private continue(intervalMs: number, cancel: () => void): void {
    if (this.cancel === cancel) this.next(intervalMs);
  }
}
