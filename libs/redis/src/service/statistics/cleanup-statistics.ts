/** What one job of the scheduled cleanup has done in this process. */
export interface CleanupJobStatistics {
  /** The runs by their outcome. A run that found another process running is one. */
  readonly runs: Readonly<Record<string, number>>;
  /** The removed keys by reason. */
  readonly removed: Readonly<Record<string, number>>;
  /** How long the last run took, in milliseconds; undefined before it. */
  readonly lastDurationMs: number | undefined;
  /** When the last run without an error ended, in milliseconds since 1970; undefined if there was none. */
  readonly lastSuccessMs: number | undefined;
}

/** Where the statistics of cleanup come from: a `CleanupService`. */
export interface CleanupStatisticsSource {
  /** The statistics by the name of the job. */
  stats(): Readonly<Record<string, CleanupJobStatistics>>;
}
