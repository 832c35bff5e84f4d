import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { register } from 'prom-client';
import { MetricsExporter } from './metrics.exporter.js';
import { checkMetricsOptions, type RedisMetricsOptions } from './metrics.options.js';
import { ALL_SERIES } from './series/all-series.js';

/**
 * Exports the statistics of a `RedisModule` as Prometheus metrics. The components count in plain fields, and a scrape
 * reads them. Import it once for each instance; importing it again changes nothing. The metrics leave the registry when
 * the application is closed.
 *
 * Each metric is a provider with the token of @willsoto/nestjs-prometheus, so `@InjectMetric(name)` finds it.
 *
 * @example
 * @Module({ imports: [RedisModule.forRoot(), PrometheusModule.register(), RedisMetricsModule.forRoot()] })
 * export class AppModule {}
 * @see docs/reference/metrics.md
 */
@Module({})
export class RedisMetricsModule {
  /** @throws RedisInfraError OPTION_INVALID with the path of the option */
  static forRoot(options: RedisMetricsOptions = {}): DynamicModule {
    const { instance, registry = register } = checkMetricsOptions(options);
    const exporter: Provider = {
      provide: MetricsExporter,
      inject: [ModuleRef],
      useFactory: (moduleRef: ModuleRef) => new MetricsExporter(registry, instance, moduleRef),
    };
    const metrics = ALL_SERIES.map(({ name }): Provider => ({
      provide: tokenOf(name),
      inject: [MetricsExporter],
      useFactory: ({ metrics: all }: MetricsExporter) => all.metric(name),
    }));
    return {
      module: RedisMetricsModule,
      providers: [exporter, ...metrics],
      exports: ALL_SERIES.map(({ name }) => tokenOf(name)),
    };
  }
}

/** The token that `@InjectMetric` of @willsoto/nestjs-prometheus injects. A test compares the two. */
function tokenOf(name: string): string {
  return `PROM_METRIC_${name.toUpperCase()}`;
}
