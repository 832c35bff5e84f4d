import { describe, expect, test } from 'vitest';
import { ALL_SERIES } from './all-series.js';

const D = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const LOADS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

/** The names and labels are public: dashboards and alerts depend on them. */
const TABLE = `
counter   redis_cache_requests_total{cache,result,layer}
counter   redis_cache_operations_total{cache,operation,outcome}
histogram redis_cache_operation_duration_seconds{cache,operation} D
counter   redis_cache_loads_total{cache,outcome}
histogram redis_cache_load_duration_seconds{cache} LOADS
counter   redis_cache_coalesced_requests_total{cache}
counter   redis_cache_invalidations_total{cache,cause}
gauge     redis_cache_near_entries{cache}
gauge     redis_cache_near_bytes{cache}
counter   redis_cache_near_evictions_total{cache,reason}
counter   redis_cache_codec_errors_total{cache,code}
histogram redis_cache_value_size_bytes{cache} SIZES
gauge     redis_adapter_up{client}
gauge     redis_adapter_in_flight{client}
counter   redis_adapter_reconnects_total{client}
counter   redis_adapter_errors_total{client,kind}
gauge     redis_breaker_state{client,circuit,state}
counter   redis_breaker_transitions_total{client,circuit,to}
counter   redis_retries_total{client}
gauge     redis_fallback_active{cache}
gauge     redis_fallback_journal_entries{cache}
counter   redis_fallback_degraded_seconds_total{cache}
gauge     redis_shard_up{cache,shard}
counter   redis_shard_operations_total{cache,shard,outcome}
gauge     redis_shard_share_ratio{cache,shard}
counter   redis_ratelimit_requests_total{policy,decision}
histogram redis_ratelimit_check_duration_seconds{policy} D
counter   redis_ratelimit_errors_total{policy,action}
counter   redis_cleanup_runs_total{job,outcome}
counter   redis_cleanup_removed_keys_total{job,reason}
gauge     redis_cleanup_duration_seconds{job}
gauge     redis_cleanup_last_success_timestamp_seconds{job}
gauge     redis_infra_build_info{version,mode}
`;

describe('the series of the package', () => {
  test('have the names, types, labels and buckets that dashboards depend on', () => {
    const rows = ALL_SERIES.map((series) => {
      const buckets = 'buckets' in series ? series.buckets : undefined;
      return { type: series.type, name: series.name, labels: [...series.labels], buckets };
    });
    const bounds: Record<string, readonly number[]> = { D, LOADS, SIZES };
    const expected = TABLE.trim()
      .split('\n')
      .map((line) => {
        const [, type, name, labels = '', buckets] = /^(\w+)\s+(\w+)\{([\w,]+)\}\s*(\w+)?$/.exec(line) ?? [];
        return { type, name, labels: labels.split(','), buckets: buckets && bounds[buckets] };
      });
    expect(rows).toEqual(expected);
  });

  test('have a description of one line that ends with a full stop', () => {
    const others = ALL_SERIES.filter(({ help }) => !/^[A-Za-z01][^\n]*\.$/.test(help));
    expect(others.map(({ name }) => name)).toEqual([]);
  });
});
