import type { AlertScenario } from './alert.scenario.js';

const CIRCUIT = 'job="api",instance="a",client="redis",circuit="read"';

/** The alerts of clients. */
export const CLIENT_SCENARIOS: readonly AlertScenario[] = [
  {
    alert: 'RedisUnavailable',
    series: {
      'redis_adapter_up{job="api",instance="a",client="redis"}': '0x10 1x50',
      'redis_adapter_up{job="api",instance="b",client="redis"}': '1x2 0x7 1x50',
    },
    pendingAt: '3m',
    firesAt: '6m',
    resolvedAt: '20m',
    labels: { job: 'api', client: 'redis' },
    severity: 'critical',
    summary: 'No process of api reaches Redis.',
    description:
      'All processes of api have lost the connection of the client redis. Caches answer from copies and from their sources.',
  },
  {
    alert: 'RedisAdapterDown',
    series: {
      'redis_adapter_up{job="api",instance="a",client="redis"}': '0x20 1x50',
      'redis_adapter_up{job="api",instance="b",client="redis"}': '1x80',
    },
    pendingAt: '4m',
    firesAt: '10m',
    resolvedAt: '30m',
    labels: { job: 'api', instance: 'a', client: 'redis' },
    severity: 'warning',
    summary: 'A process of api does not reach Redis, others do.',
    description: 'The client redis of a has had no connection for 5 minutes, while other processes have one.',
  },
  {
    // Half-open during every third scrape, while a probe runs.
    alert: 'RedisBreakerOpen',
    series: {
      [`redis_breaker_state{${CIRCUIT},state="open"}`]: '1 1 0 1 1 0 1 1 0x50',
      [`redis_breaker_state{${CIRCUIT},state="half-open"}`]: '0 0 1 0 0 1 0 0 0x50',
      [`redis_breaker_state{${CIRCUIT},state="closed"}`]: '0x7 1x50',
    },
    pendingAt: '1m',
    firesAt: '5m',
    resolvedAt: '10m',
    labels: { job: 'api', instance: 'a', client: 'redis', circuit: 'read' },
    severity: 'warning',
    summary: 'The read circuit of a process of api is open.',
    description:
      'The read circuit of the client redis of a has not been closed for 2 minutes. Its calls reject immediately with CIRCUIT_OPEN.',
  },
  {
    alert: 'RedisBreakerFlapping',
    series: { [`redis_breaker_transitions_total{${CIRCUIT},to="open"}`]: '0+1x30 30+0x60' },
    pendingAt: '9m',
    firesAt: '25m',
    resolvedAt: '60m',
    labels: { job: 'api', instance: 'a', client: 'redis', circuit: 'read' },
    severity: 'warning',
    summary: 'The read circuit of a process of api opens again and again.',
    description:
      'The read circuit of the client redis of a has opened 15 times in 15 minutes. Probes succeed, and calls fail again.',
  },
  {
    alert: 'RedisReconnectsHigh',
    series: { 'redis_adapter_reconnects_total{job="api",instance="a",client="redis"}': '0+1x30 30+0x60' },
    pendingAt: '9m',
    firesAt: '25m',
    resolvedAt: '60m',
    labels: { job: 'api', instance: 'a', client: 'redis' },
    severity: 'warning',
    summary: 'A process of api loses its connection to Redis again and again.',
    description: 'The client redis of a has reconnected 15 times in 15 minutes.',
  },
];
