import { CLEANUP_JOBS, type CleanupJob } from './cleanup-options.js';
import { JOB_OF_REASON, type CleanupOutcome, type CleanupReason, type CleanupReport } from './cleanup-report.js';

/** The counts of one job since the start of this process. */
export interface CleanupJobStats {
  /** The number of runs, by outcome. */
  readonly runs: Readonly<Record<CleanupOutcome, number>>;
  /** The number of keys that were removed, by reason. */
  readonly removed: Readonly<Record<string, number>>;
  /** The duration of the last run that was not skipped, in milliseconds. Undefined before it. */
  readonly lastDurationMs: number | undefined;
  /** The sum of the durations of all runs, in milliseconds. */
  readonly totalDurationMs: number;
  /** When the last run with the outcome `ok` or `dry-run` ended, in milliseconds since 1970. Undefined before it. */
  readonly lastSuccessMs: number | undefined;
}

/** The counts of a `CleanupService`, by job. */
export type CleanupStats = Readonly<Record<CleanupJob, CleanupJobStats>>;

class JobCounts implements CleanupJobStats {
  readonly runs = { ok: 0, partial: 0, error: 0, 'skipped-lock': 0, 'dry-run': 0 };
  readonly removed: Record<string, number> = {};
  lastDurationMs: number | undefined = undefined;
  totalDurationMs = 0;
  lastSuccessMs: number | undefined = undefined;
}

/** Counts the runs of this process. Plain fields: nothing is computed until they are read. */
export class CleanupCounters {
  readonly jobs: Readonly<Record<CleanupJob, JobCounts>> = {
    'no-ttl': new JobCounts(),
    flushed: new JobCounts(),
    expired: new JobCounts(),
    'stale-internal': new JobCounts(),
    'big-keys': new JobCounts(),
  };

  count({ jobs, outcome, durationMs, removed }: CleanupReport, wallMs: number): void {
    for (const job of jobs) {
      const counts = this.jobs[job];
      counts.runs[outcome]++;
      if (outcome === 'skipped-lock') continue;
      counts.lastDurationMs = durationMs;
      counts.totalDurationMs += durationMs;
      if (outcome === 'ok' || outcome === 'dry-run') counts.lastSuccessMs = wallMs;
    }
    for (const [reason, count] of Object.entries(removed)) {
      const { removed: ofJob } = this.jobs[jobOf(reason)];
      ofJob[reason] = (ofJob[reason] ?? 0) + count;
    }
  }

  snapshot(): CleanupStats {
    return structuredClone(this.jobs);
  }
}

function jobOf(reason: string): CleanupJob {
  return isReason(reason) ? JOB_OF_REASON[reason] : CLEANUP_JOBS[0];
}

function isReason(reason: string): reason is CleanupReason {
  return reason in JOB_OF_REASON;
}
