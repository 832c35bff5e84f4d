import { layOut } from './panel.mjs';
import { CACHE_ROW } from './rows/cache.row.mjs';
import { CLEANUP_ROW } from './rows/cleanup.row.mjs';
import { CLIENT_ROW } from './rows/client.row.mjs';
import { FALLBACK_ROW } from './rows/fallback.row.mjs';
import { OVERVIEW_ROW } from './rows/overview.row.mjs';
import { RATE_LIMITS_ROW } from './rows/rate-limits.row.mjs';
import { SHARDS_ROW } from './rows/shards.row.mjs';

const ROWS = [OVERVIEW_ROW, CACHE_ROW, CLIENT_ROW, FALLBACK_ROW, SHARDS_ROW, RATE_LIMITS_ROW, CLEANUP_ROW];

/** The Grafana dashboard for all series of the package, for Grafana 11 or newer. */
export function dashboard() {
  return {
    uid: 'nestjs-redis-infra',
    title: 'nestjs-redis-infra',
    description: 'Caches, clients of Redis, fallbacks, shards, rate limits and cleanups of NestJS applications.',
    tags: ['nestjs', 'redis', 'cache'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: '',
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    annotations: { list: [] },
    links: [],
    templating: { list: VARIABLES },
    panels: layOut(ROWS),
  };
}

const VARIABLES = [
  {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
    options: [],
    refresh: 1,
  },
  labelVariable('job', 'Job', 'label_values(redis_infra_build_info, job)'),
  labelVariable('instance', 'Instance', 'label_values(redis_infra_build_info{job=~"$job"}, instance)'),
  labelVariable('cache', 'Cache', 'label_values(redis_cache_requests_total{job=~"$job",instance=~"$instance"}, cache)'),
];

/** All values are selected at first. */
function labelVariable(name, label, definition) {
  return {
    name,
    label,
    type: 'query',
    datasource: { type: 'prometheus', uid: '${datasource}' },
    definition,
    query: { qryType: 1, query: definition, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
    options: [],
    // When the time range changes: processes come and go.
    refresh: 2,
    sort: 1,
  };
}
