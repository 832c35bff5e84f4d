import { caches, percentiles, rate, sum } from '../queries.mjs';

const requests = (matchers) => caches('redis_cache_requests_total', matchers);
const FOUND = 'result=~"hit|stale|negative"';
const WITHOUT_ERRORS = 'result!="error"';

/** @type {import('../panel.mjs').Row} */
export const CACHE_ROW = {
  title: 'Cache',
  panels: [
    {
      title: 'Hit ratio by layer',
      description:
        'Reads that found a value in a near copy, in Redis or in a copy of the fallback, of all reads without an error.',
      unit: 'percentunit',
      stacked: true,
      targets: [
        {
          query: `${rate('layer', requests(FOUND))} / on () group_left () sum(rate(${requests(WITHOUT_ERRORS)}[$__rate_interval]))`,
          legend: '{{layer}}',
        },
      ],
    },
    {
      title: 'Hit ratio by cache',
      description: 'Reads that found a value, of all reads of the cache without an error.',
      unit: 'percentunit',
      targets: [
        {
          query: `${rate('cache', requests(FOUND))} / ${rate('cache', requests(WITHOUT_ERRORS))}`,
          legend: '{{cache}}',
        },
      ],
    },
    {
      title: 'Reads by result',
      description:
        'hit: a fresh value. stale: a value in its stale window. negative: the cached answer that there is none. miss: no value. error: Redis failed, and nothing was found.',
      unit: 'reqps',
      stacked: true,
      targets: [{ query: rate('result', requests()), legend: '{{result}}' }],
    },
    {
      title: 'Operations',
      description:
        'Calls that reached Redis, by method and outcome. degraded: Redis failed, and the call resolved without it.',
      unit: 'ops',
      targets: [
        {
          query: rate('operation, outcome', caches('redis_cache_operations_total')),
          legend: '{{operation}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Duration of operations',
      description: 'Percentiles of all calls that reached Redis, with the time of loads.',
      unit: 's',
      targets: percentiles(caches('redis_cache_operation_duration_seconds_bucket')),
    },
    {
      title: 'Duration by operation, p99',
      description: 'What 99 % of the calls of each method take at most.',
      unit: 's',
      targets: [
        {
          query: `histogram_quantile(0.99, ${rate('operation, le', caches('redis_cache_operation_duration_seconds_bucket'))})`,
          legend: '{{operation}}',
        },
      ],
    },
    {
      title: 'Loads',
      description: 'Calls of loaders by outcome.',
      unit: 'ops',
      stacked: true,
      targets: [{ query: rate('outcome', caches('redis_cache_loads_total')), legend: '{{outcome}}' }],
    },
    {
      title: 'Duration of loads',
      description: 'Percentiles of the time that loaders take.',
      unit: 's',
      targets: percentiles(caches('redis_cache_load_duration_seconds_bucket')),
    },
    {
      title: 'Coalesced requests',
      description:
        'Calls that shared a load of another call, in this process or in another one. Without the cache each would load.',
      unit: 'reqps',
      targets: [{ query: rate('cache', caches('redis_cache_coalesced_requests_total')), legend: '{{cache}}' }],
    },
    {
      title: 'Invalidations',
      description: 'Invalidated keys and tags, and flushes, by cause.',
      unit: 'ops',
      targets: [{ query: rate('cause', caches('redis_cache_invalidations_total')), legend: '{{cause}}' }],
    },
    {
      title: 'Near copies',
      description: 'Copies in the memory of the selected processes.',
      unit: 'short',
      targets: [{ query: sum('cache', caches('redis_cache_near_entries')), legend: '{{cache}}' }],
    },
    {
      title: 'Memory of near copies',
      description: 'Approximate memory of the copies in the selected processes.',
      unit: 'bytes',
      targets: [{ query: sum('cache', caches('redis_cache_near_bytes')), legend: '{{cache}}' }],
    },
    {
      title: 'Evictions of near copies',
      description:
        'Copies that were dropped to make room, by the limit that was reached. More evictions than near hits: the copies cost more than they save.',
      unit: 'ops',
      targets: [{ query: rate('reason', caches('redis_cache_near_evictions_total')), legend: '{{reason}}' }],
    },
    {
      title: 'Size of values',
      description: 'Percentiles of the stored bytes of the values that reads have found in Redis.',
      unit: 'bytes',
      targets: percentiles(caches('redis_cache_value_size_bytes_bucket')),
    },
    {
      title: 'Unreadable values',
      description: 'Stored values that the codec refused, by error code. Each counts as a miss.',
      unit: 'ops',
      targets: [{ query: rate('cache, code', caches('redis_cache_codec_errors_total')), legend: '{{cache}} {{code}}' }],
    },
  ],
};
