import type { Samples } from './alert.scenario.js';

const CACHE = 'job="api",instance="a",cache="cities"';
const CLIENT = 'job="api",instance="a",client="redis"';
const POLICY = 'job="api",instance="a",policy="search"';
const CLEANUP = 'job="api",instance="a",exported_job="keys-without-ttl"';

/** Two hours of an application without problems: some errors, one reconnect, one outage of a minute. */
export const HEALTHY: Samples = {
  [`redis_cache_requests_total{${CACHE},result="hit",layer="near"}`]: '0+10x120',
  [`redis_cache_requests_total{${CACHE},result="hit",layer="redis"}`]: '0+300x120',
  [`redis_cache_requests_total{${CACHE},result="miss",layer="none"}`]: '0+100x120',
  // The copies of a namespace are counted with those of the cache.
  'redis_cache_requests_total{job="api",instance="a",cache="cities:maps",result="hit",layer="near"}': '0+600x120',
  [`redis_cache_operations_total{${CACHE},operation="get",outcome="ok"}`]: '0+1000x120',
  [`redis_cache_operations_total{${CACHE},operation="get",outcome="degraded"}`]: '0+100x120',
  [`redis_cache_operations_total{${CACHE},operation="get",outcome="error"}`]: '0x60 5x60',
  [`redis_cache_requests_total{${CACHE},result="error",layer="none"}`]: '0x60 5x60',
  [`redis_cache_loads_total{${CACHE},outcome="ok"}`]: '0+100x120',
  [`redis_cache_loads_total{${CACHE},outcome="error"}`]: '0+1x120',
  [`redis_cache_operation_duration_seconds_bucket{${CACHE},operation="get",le="0.001"}`]: '0+995x120',
  [`redis_cache_operation_duration_seconds_bucket{${CACHE},operation="get",le="+Inf"}`]: '0+1000x120',
  [`redis_cache_operation_duration_seconds_bucket{${CACHE},operation="getOrSet",le="0.5"}`]: '0+0x120',
  [`redis_cache_operation_duration_seconds_bucket{${CACHE},operation="getOrSet",le="1"}`]: '0+100x120',
  [`redis_cache_operation_duration_seconds_bucket{${CACHE},operation="getOrSet",le="+Inf"}`]: '0+100x120',
  [`redis_cache_codec_errors_total{${CACHE},code="CODEC_KEY_UNKNOWN"}`]: '0x60 3x60',
  [`redis_cache_near_evictions_total{${CACHE},reason="bytes"}`]: '0+120x120',
  [`redis_adapter_up{${CLIENT}}`]: '0 1x60 0 1x60',
  [`redis_breaker_state{${CLIENT},circuit="read",state="open"}`]: '0x60 1 0x60',
  [`redis_breaker_state{${CLIENT},circuit="read",state="closed"}`]: '1x60 0 1x60',
  [`redis_breaker_state{${CLIENT},circuit="write",state="isolated"}`]: '0x120',
  [`redis_breaker_transitions_total{${CLIENT},circuit="read",to="open"}`]: '0x60 1x60',
  [`redis_adapter_reconnects_total{${CLIENT}}`]: '0x60 1x60',
  [`redis_fallback_active{${CACHE}}`]: '0x60 1 1 0x60',
  [`redis_fallback_journal_entries{${CACHE}}`]: '0x60 40 40 0x60',
  [`redis_shard_up{${CACHE},shard="eu-1"}`]: '1x60 0 1x60',
  [`redis_ratelimit_requests_total{${POLICY},decision="allowed"}`]: '0+600x120',
  [`redis_ratelimit_requests_total{${POLICY},decision="refused"}`]: '0+60x120',
  [`redis_ratelimit_errors_total{${POLICY},action="local"}`]: '0x60 4x60',
  // A job that has not run yet reports 0, if it reports a time.
  [`redis_cleanup_last_success_timestamp_seconds{${CLEANUP}}`]: '0x30 1800x90',
  [`redis_cleanup_runs_total{${CLEANUP},outcome="ok"}`]: '0x30 1x90',
  [`redis_cleanup_runs_total{${CLEANUP},outcome="error"}`]: '0x120',
  [`redis_cleanup_runs_total{${CLEANUP},outcome="skipped-lock"}`]: '0+1x120',
};
