import type { AlertScenario } from './alert.scenario.js';

const POLICY = 'job="api",instance="a",policy="search"';
const CLEANUP = 'job="api",instance="a",exported_job="keys-without-ttl"';

/** The alerts of rate limits and of the cleanup. */
export const LIMIT_SCENARIOS: readonly AlertScenario[] = [
  {
    alert: 'RedisRateLimiterFailing',
    series: {
      [`redis_ratelimit_requests_total{${POLICY},decision="allowed"}`]: '0+60x60',
      [`redis_ratelimit_errors_total{${POLICY},action="local"}`]: '0+30x20 600+0x40',
    },
    pendingAt: '4m',
    firesAt: '10m',
    resolvedAt: '30m',
    labels: { job: 'api', policy: 'search' },
    severity: 'critical',
    summary: 'The rate limit search of api is decided without Redis.',
    description:
      'Redis did not answer 50% of the requests of the policy search. They were admitted, refused or counted in each process, as onError states.',
  },
  {
    alert: 'RedisRateLimitRefusalsHigh',
    series: {
      [`redis_ratelimit_requests_total{${POLICY},decision="allowed"}`]: '0+60x90',
      [`redis_ratelimit_requests_total{${POLICY},decision="refused"}`]: '0+180x30 5400+0x60',
    },
    pendingAt: '10m',
    firesAt: '25m',
    resolvedAt: '60m',
    labels: { job: 'api', policy: 'search' },
    severity: 'info',
    summary: 'The rate limit search of api refuses most requests.',
    description: '75% of the requests of the policy search were refused for 15 minutes.',
  },
  {
    // The clock of promtool starts at 0, and a job that has not succeeded reports 0.
    alert: 'RedisCleanupStale',
    series: { [`redis_cleanup_last_success_timestamp_seconds{${CLEANUP}}`]: '60x1600 96000x60' },
    pendingAt: '1566m',
    firesAt: '1590m',
    resolvedAt: '1610m',
    labels: { job: 'api', exported_job: 'keys-without-ttl' },
    severity: 'warning',
    summary: 'The cleanup keys-without-ttl of api has not succeeded for too long.',
    description: 'The last successful run of the cleanup job keys-without-ttl ended 1d 2h 29m 0s ago.',
  },
  {
    alert: 'RedisCleanupFailing',
    series: {
      [`redis_cleanup_runs_total{${CLEANUP},outcome="error"}`]: '0x10 1x200',
      [`redis_cleanup_runs_total{${CLEANUP},outcome="ok"}`]: '5x60 6x150',
    },
    pendingAt: '15m',
    firesAt: '30m',
    resolvedAt: '70m',
    labels: { job: 'api', exported_job: 'keys-without-ttl' },
    severity: 'warning',
    summary: 'The cleanup keys-without-ttl of api fails.',
    description: 'Runs of the cleanup job keys-without-ttl have failed in the last 3 hours, and none has succeeded.',
  },
];
