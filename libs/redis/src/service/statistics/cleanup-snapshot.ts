import type { BucketSnapshot } from '../../common/statistics/bucket-counts.js';

/** What one job of the scheduled cleanup has done in this process. */
export interface CleanupJobSnapshot {
  readonly job: string;
  /** The runs by their outcome. */
  readonly runs: Readonly<Record<string, number>>;
  /** The removed keys by reason. */
  readonly removed: Readonly<Record<string, number>>;
  /** The durations of the runs. */
  readonly seconds: BucketSnapshot;
  /** When the last run without an error ended, in milliseconds since 1970; undefined if there was none. */
  readonly lastSuccessMs: number | undefined;
}

/** Where the statistics of cleanup come from. */
export interface CleanupStatisticsSource {
  /** The jobs that have run. */
  snapshots(): readonly CleanupJobSnapshot[];
}
