import type { AlertScenario } from './alert.scenario.js';

const LABELS = { job: 'api', cache: 'cities' };
const SERIES = 'job="api",instance="a",cache="cities"';

/** The alerts of caches. */
export const CACHE_SCENARIOS: readonly AlertScenario[] = [
  {
    alert: 'RedisCacheHitRatioLow',
    series: {
      [`redis_cache_requests_total{${SERIES},result="hit",layer="redis"}`]: '0+30x60 1800+600x60',
      [`redis_cache_requests_total{${SERIES},result="miss",layer="none"}`]: '0+90x60 5400+6x60',
    },
    pendingAt: '20m',
    firesAt: '50m',
    resolvedAt: '90m',
    labels: LABELS,
    severity: 'warning',
    summary: 'The cache cities of api answers few reads.',
    description:
      'For 30 minutes 25% of the reads of the cache cities found a value. The others load it from its source.',
  },
  {
    alert: 'RedisCacheOperationsFailing',
    series: {
      [`redis_cache_operations_total{${SERIES},operation="get",outcome="ok"}`]: '0+90x120',
      [`redis_cache_operations_total{${SERIES},operation="set",outcome="error"}`]: '0+10x20 200+0x100',
    },
    pendingAt: '4m',
    firesAt: '10m',
    resolvedAt: '30m',
    labels: LABELS,
    severity: 'critical',
    summary: 'Calls of the cache cities of api fail.',
    description: '10% of the calls of the cache cities reject, with an error of Redis or of a loader.',
  },
  {
    alert: 'RedisCacheLoadsFailing',
    series: {
      [`redis_cache_loads_total{${SERIES},outcome="ok"}`]: '0+60x120',
      [`redis_cache_loads_total{${SERIES},outcome="error"}`]: '0+20x30 600+0x90',
    },
    pendingAt: '9m',
    firesAt: '20m',
    resolvedAt: '50m',
    labels: LABELS,
    severity: 'warning',
    summary: 'Loads of the cache cities of api fail.',
    description:
      '25% of the loads of the cache cities reject or time out. The source of its values has a problem, or loadTimeout is too short.',
  },
  {
    alert: 'RedisCacheOperationsSlow',
    series: {
      [`redis_cache_operation_duration_seconds_bucket{${SERIES},operation="get",le="0.25"}`]: '0+0x30 0+100x90',
      [`redis_cache_operation_duration_seconds_bucket{${SERIES},operation="get",le="0.5"}`]: '0+100x120',
      [`redis_cache_operation_duration_seconds_bucket{${SERIES},operation="get",le="0.1"}`]: '0+0x30 0+100x90',
      [`redis_cache_operation_duration_seconds_bucket{${SERIES},operation="get",le="+Inf"}`]: '0+100x120',
    },
    pendingAt: '9m',
    firesAt: '20m',
    resolvedAt: '50m',
    labels: { ...LABELS, operation: 'get' },
    severity: 'warning',
    summary: 'Operations of the cache cities of api are slow.',
    description: '1 % of the calls of get on the cache cities take longer than 497.5ms.',
  },
  {
    alert: 'RedisCacheValuesUnreadable',
    series: {
      [`redis_cache_codec_errors_total{${SERIES},code="CODEC_KEY_UNKNOWN"}`]: '0+60x30 1800+0x90',
    },
    pendingAt: '9m',
    firesAt: '20m',
    resolvedAt: '50m',
    labels: { ...LABELS, code: 'CODEC_KEY_UNKNOWN' },
    severity: 'warning',
    summary: 'The cache cities of api cannot read stored values.',
    description: '1 values per second of the cache cities are refused with CODEC_KEY_UNKNOWN. Each counts as a miss.',
  },
  {
    alert: 'RedisCacheNearEvictionsHigh',
    series: {
      [`redis_cache_near_evictions_total{${SERIES},reason="bytes"}`]: '0+120x60 7200+0x60',
      [`redis_cache_requests_total{${SERIES},result="hit",layer="near"}`]: '0+30x120',
      'redis_cache_requests_total{job="api",instance="a",cache="cities:maps",result="hit",layer="near"}': '0+30x120',
    },
    pendingAt: '20m',
    firesAt: '50m',
    resolvedAt: '90m',
    labels: LABELS,
    severity: 'info',
    summary: 'The cache cities of api evicts more near copies than it uses.',
    description:
      '2 near copies per second are evicted from the cache cities, more than reads find. The copies cost memory and save little.',
  },
];
