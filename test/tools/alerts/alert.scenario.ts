/** Samples of a series, one a minute, in the notation of promtool: `0+60x30` is a counter with 60 calls a minute. */
export type Samples = Readonly<Record<string, string>>;

/** When an alert fires and when it ends. The times are durations of Prometheus after the first sample. */
export interface AlertScenario {
  readonly alert: string;
  readonly series: Samples;
  /** The problem exists, and the alert waits. */
  readonly pendingAt: string;
  readonly firesAt: string;
  /** The problem is over. */
  readonly resolvedAt: string;
  /** Of the alert, without its severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  readonly description: string;
}
