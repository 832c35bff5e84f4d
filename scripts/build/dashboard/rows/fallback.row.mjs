import { caches, sum } from '../queries.mjs';

/** @type {import('../panel.mjs').Row} */
export const FALLBACK_ROW = {
  title: 'Fallback',
  panels: [
    {
      title: 'Processes on the fallback',
      description: 'Processes whose cache answers without Redis.',
      unit: 'short',
      targets: [{ query: sum('cache', caches('redis_fallback_active')), legend: '{{cache}}' }],
    },
    {
      title: 'Journal',
      description: 'Invalidations that wait for Redis. The journal is limited to journalLimit entries.',
      unit: 'short',
      targets: [{ query: sum('cache', caches('redis_fallback_journal_entries')), legend: '{{cache}}' }],
    },
    {
      title: 'Time without Redis',
      description: 'The part of the time in which the cache of a process ran without Redis.',
      unit: 'percentunit',
      targets: [
        {
          query: `rate(${caches('redis_fallback_degraded_seconds_total')}[$__rate_interval])`,
          legend: '{{instance}} {{cache}}',
        },
      ],
    },
  ],
};
