import { CLEANUP_SECONDS } from '../../../common/statistics/buckets.js';
import type { CleanupJobSnapshot } from '../../../service/statistics/cleanup-snapshot.js';
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
    help: 'Duration of the runs of a cleanup job.',
    type: 'histogram',
    labels: ['job'],
    buckets: CLEANUP_SECONDS,
    samples: ofEach(({ seconds }) => [[[], seconds]]),
  },
  {
    name: 'redis_cleanup_last_success_timestamp_seconds',
    help: 'When the last run without an error ended, in seconds since 1970.',
    type: 'gauge',
    combine: 'max',
    labels: ['job'],
    samples: ofEach(({ lastSuccessMs }) => (lastSuccessMs === undefined ? [] : [[[], lastSuccessMs / 1000]])),
  },
];

/** The samples of each job, with its label in front. */
function ofEach<V>(
  samples: (job: CleanupJobSnapshot) => readonly Sample<V>[],
): (instance: InstanceSnapshot) => readonly Sample<V>[] {
  return (instance) =>
    instance.cleanup.flatMap((job) =>
      samples(job).map(([labels, value]): Sample<V> => [[jobLabel(instance, job.job), ...labels], value]),
    );
}
