import type { CleanupJobStatistics } from '../../../service/statistics/cleanup-statistics.js';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import { jobLabel } from './labels.js';
import type { Sample, Series } from './series.js';

/** The series of the scheduled cleanup, by job. */
export const CLEANUP_SERIES: readonly Series[] = [
  {
    name: 'redis_cleanup_runs_total',
    help: 'Runs of a cleanup job in this process, by outcome.',
    type: 'counter',
    labels: ['job', 'outcome'],
    samples: ofEach(({ runs }) => Object.entries(runs).map(([outcome, count]) => [[outcome], count])),
  },
  {
    name: 'redis_cleanup_removed_keys_total',
    help: 'Keys that a cleanup job removed, by reason.',
    type: 'counter',
    labels: ['job', 'reason'],
    samples: ofEach(({ removed }) => Object.entries(removed).map(([reason, count]) => [[reason], count])),
  },
  {
    name: 'redis_cleanup_duration_seconds',
    help: 'Duration of the last run of a cleanup job in this process.',
    type: 'gauge',
    combine: 'max',
    labels: ['job'],
    samples: ofEach(({ lastDurationMs }) => seconds(lastDurationMs)),
  },
  {
    name: 'redis_cleanup_last_success_timestamp_seconds',
    help: 'When the last run without an error ended in this process, in seconds since 1970.',
    type: 'gauge',
    combine: 'max',
    labels: ['job'],
    samples: ofEach(({ lastSuccessMs }) => seconds(lastSuccessMs)),
  },
];

function seconds(ms: number | undefined): readonly Sample<number>[] {
  return ms === undefined ? [] : [[[], ms / 1000]];
}

/** The samples of each job, with its label in front. */
function ofEach(
  samples: (job: CleanupJobStatistics) => readonly Sample<number>[],
): (instance: InstanceSnapshot) => readonly Sample<number>[] {
  return (instance) =>
    Object.entries(instance.cleanup).flatMap(([job, statistics]) =>
      samples(statistics).map(([labels, value]): Sample<number> => [[jobLabel(instance, job), ...labels], value]),
    );
}
