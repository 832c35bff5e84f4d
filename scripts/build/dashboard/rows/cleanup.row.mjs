import { processes, rate } from '../queries.mjs';

/** Prometheus has a label `job` of its own, so it renames that of the cleanup. */
const JOB = 'exported_job';

/** @type {import('../panel.mjs').Row} */
export const CLEANUP_ROW = {
  title: 'Cleanup',
  panels: [
    {
      title: 'Runs of the cleanup',
      description: 'Runs in the last hour, by job and outcome. skipped-lock: another process was the runner.',
      unit: 'short',
      targets: [
        {
          query: `sum by (${JOB}, outcome) (increase(${processes('redis_cleanup_runs_total')}[1h]))`,
          legend: `{{${JOB}}} {{outcome}}`,
        },
      ],
    },
    {
      title: 'Removed keys',
      description: 'Keys that the cleanup has removed, by job and reason.',
      unit: 'ops',
      targets: [
        {
          query: rate(`${JOB}, reason`, processes('redis_cleanup_removed_keys_total')),
          legend: `{{${JOB}}} {{reason}}`,
        },
      ],
    },
    {
      title: 'Duration of the cleanup',
      description: 'Duration of the last run of each job, the longest of all processes.',
      unit: 's',
      targets: [
        {
          query: `max by (${JOB}) (${processes('redis_cleanup_duration_seconds')})`,
          legend: `{{${JOB}}}`,
        },
      ],
    },
    {
      title: 'Time since the last success',
      description: 'How long ago a run of each job succeeded.',
      unit: 's',
      targets: [
        {
          query: `time() - max by (${JOB}) (${processes('redis_cleanup_last_success_timestamp_seconds')} > 0)`,
          legend: `{{${JOB}}}`,
        },
      ],
    },
  ],
};
