import { caches, processes } from '../queries.mjs';

const reads = (matchers) => caches('redis_cache_requests_total', matchers);

/** @type {import('../panel.mjs').Row} */
export const OVERVIEW_ROW = {
  title: 'Overview',
  panels: [
    {
      type: 'stat',
      width: 4,
      title: 'Hit ratio',
      description: 'Reads that found a value, of all reads without an error.',
      unit: 'percentunit',
      targets: [
        {
          query: `sum(rate(${reads('result=~"hit|stale|negative"')}[$__rate_interval])) / sum(rate(${reads('result!="error"')}[$__rate_interval]))`,
        },
      ],
    },
    {
      type: 'stat',
      width: 4,
      title: 'Reads',
      description: 'Reads of all selected caches. One for each key.',
      unit: 'reqps',
      targets: [{ query: `sum(rate(${reads()}[$__rate_interval]))` }],
    },
    {
      type: 'stat',
      width: 4,
      title: 'Connected clients',
      description: 'Clients of Redis that are connected, of all clients of the selected processes.',
      unit: 'percentunit',
      targets: [{ query: `avg(${processes('redis_adapter_up')})` }],
    },
    {
      type: 'stat',
      width: 4,
      title: 'Circuits not closed',
      description: 'Circuits that are open, half-open or isolated. Calls of these clients reject immediately.',
      unit: 'short',
      targets: [{ query: `sum(${processes('redis_breaker_state', 'state!="closed"')})` }],
    },
    {
      type: 'stat',
      width: 4,
      title: 'Fallbacks in use',
      description: 'Caches of processes that answer without Redis.',
      unit: 'short',
      targets: [{ query: `sum(${caches('redis_fallback_active')})` }],
    },
    {
      type: 'stat',
      width: 4,
      title: 'Refused requests',
      description: 'Requests that a rate limit has refused, for each second.',
      unit: 'reqps',
      targets: [
        { query: `sum(rate(${processes('redis_ratelimit_requests_total', 'decision="refused"')}[$__rate_interval]))` },
      ],
    },
    {
      type: 'table',
      width: 24,
      height: 5,
      title: 'Versions',
      description: 'Processes by version of the package and mode of the connection.',
      unit: 'short',
      targets: [{ query: `count by (job, version, mode) (${processes('redis_infra_build_info')})` }],
    },
  ],
};
