import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { RegistryMetrics } from '../../libs/redis/src/nest/metrics/registry-metrics.js';
import type { CleanupJobStatistics } from '../../libs/redis/src/service/statistics/cleanup-statistics.js';
import { InstanceStatistics } from '../../libs/redis/src/service/statistics/instance-statistics.js';
import { PrometheusProcess } from './prometheus.process.js';
import { emptyQueries, firingAlerts, rulesWithoutDelay } from './shipped.files.js';

const MINUTES = 60_000;
const HOUR_MS = 3_600_000;

/** The exporter of the package with the counts of a job: each scrape is one more run that has failed. */
async function exporter(lastSuccessMs: number): Promise<string> {
  let errors = 0;
  const job = (): CleanupJobStatistics => ({
    runs: { ok: 3, error: ++errors },
    removed: { 'no-ttl': 10 },
    lastDurationMs: 2000,
    lastSuccessMs,
  });
  const instance = new InstanceStatistics({
    name: undefined,
    adapter: undefined,
    sharded: undefined,
    cache: {},
    limiter: {},
    cleanup: { stats: () => ({ 'no-ttl': job() }) },
  });
  const registry = new Registry();
  onTestFinished(RegistryMetrics.of(registry).attach(instance));
  const server = createServer((_, response) => {
    void registry.metrics().then((text) => response.setHeader('content-type', registry.contentType).end(text));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it(
  'a Prometheus that scrapes a cleanup has data for each of its panels, and fires its alerts',
  async () => {
    const target = await exporter(Date.now() - 30 * HOUR_MS);
    const prometheus = await PrometheusProcess.start({ target, rules: rulesWithoutDelay() });
    onTestFinished(() => prometheus.stop());
    await expect.poll(() => emptyQueries(prometheus, ['Cleanup']), { timeout: MINUTES }).toEqual([]);
    const alerts = ['RedisCleanupFailing', 'RedisCleanupStale'];
    await expect.poll(async () => (await firingAlerts(prometheus)).sort(), { timeout: MINUTES }).toEqual(alerts);
  },
  2 * MINUTES,
);
