import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { InstanceStatistics } from '../../../service/statistics/instance-statistics.js';
import { RegistryMetrics } from '../registry-metrics.js';

const JOBS = {
  flushed: {
    runs: { ok: 2, error: 1 },
    removed: { tag: 30, flush: 4 },
    lastDurationMs: 1500,
    lastSuccessMs: 1_800_000_000_000,
  },
  expired: { runs: { ok: 0 }, removed: {}, lastDurationMs: undefined, lastSuccessMs: undefined },
};

test('the metrics of cleanup are those of the jobs of its service', async () => {
  const registry = new Registry();
  const parts = { name: undefined, adapter: undefined, sharded: undefined, cache: {}, limiter: {} };
  RegistryMetrics.of(registry).attach(new InstanceStatistics({ ...parts, cleanup: { stats: () => JOBS } }));
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('redis_cleanup_'))).toEqual([
    'redis_cleanup_runs_total{job="flushed",outcome="ok"} 2',
    'redis_cleanup_runs_total{job="flushed",outcome="error"} 1',
    'redis_cleanup_runs_total{job="expired",outcome="ok"} 0',
    'redis_cleanup_removed_keys_total{job="flushed",reason="tag"} 30',
    'redis_cleanup_removed_keys_total{job="flushed",reason="flush"} 4',
    'redis_cleanup_duration_seconds{job="flushed"} 1.5',
    'redis_cleanup_last_success_timestamp_seconds{job="flushed"} 1800000000',
  ]);
});
