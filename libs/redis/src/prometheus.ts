/**
 * Metrics for Prometheus. Needs the package prom-client.
 *
 * @module nestjs-redis-infra/prometheus
 */

export { RedisMetricsModule } from './nest/metrics/redis-metrics.module.js';
export type { MetricsRegistry, RedisMetricsOptions } from './nest/metrics/metrics.options.js';
