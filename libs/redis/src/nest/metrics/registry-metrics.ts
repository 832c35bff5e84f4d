import type { Metric } from 'prom-client';
import type { InstanceSnapshot } from '../../service/statistics/instance-snapshot.js';
import type { MetricsRegistry } from './metrics.options.js';
import { ALL_SERIES } from './series/all-series.js';
import { createMetric } from './snapshot-metrics.js';

/** Where the snapshots of an instance come from. */
export interface SnapshotSource {
  snapshot(): InstanceSnapshot;
}

const byRegistry = new WeakMap<MetricsRegistry, RegistryMetrics>();

/**
 * The metrics of this package in one registry. All instances and all applications of the process that use the registry
 * share them. They are in the registry while at least one instance is, so nothing remains of a closed application.
 */
export class RegistryMetrics {
  /** New ones when the last application is closed: a registry of OpenMetrics changes the names of its metrics. */
  private metrics: ReadonlyMap<string, Metric>;
  /** How often each source was attached. A module that is imported twice must not count twice. */
  private readonly sources = new Map<SnapshotSource, number>();
  private taken: readonly InstanceSnapshot[] | undefined;

  private constructor(private readonly registry: MetricsRegistry) {
    this.metrics = this.createAll();
  }

  static of(registry: MetricsRegistry): RegistryMetrics {
    let metrics = byRegistry.get(registry);
    if (metrics === undefined) byRegistry.set(registry, (metrics = new RegistryMetrics(registry)));
    return metrics;
  }

  metric(name: string): Metric | undefined {
    return this.metrics.get(name);
  }

  /** Adds an instance to the scrapes until the returned function is called. */
  attach(source: SnapshotSource): () => void {
    this.register();
    this.sources.set(source, (this.sources.get(source) ?? 0) + 1);
    let isAttached = true;
    return () => {
      if (isAttached) this.detach(source);
      isAttached = false;
    };
  }

  private detach(source: SnapshotSource): void {
    const left = (this.sources.get(source) ?? 1) - 1;
    if (left > 0) this.sources.set(source, left);
    else this.sources.delete(source);
    if (this.sources.size === 0) this.unregister();
  }

  /** Also after the application has cleared its registry. Another metric with the name of one of ours is replaced. */
  private register(): void {
    for (const [name, metric] of this.metrics) {
      if (this.registry.getSingleMetric(name) === metric) continue;
      this.registry.removeSingleMetric(name);
      this.registry.registerMetric(metric);
    }
  }

  private unregister(): void {
    for (const [name, metric] of this.metrics)
      if (this.registry.getSingleMetric(name) === metric) this.registry.removeSingleMetric(name);
    this.metrics = this.createAll();
  }

  private createAll(): ReadonlyMap<string, Metric> {
    const take = (): readonly InstanceSnapshot[] => this.take();
    return new Map(ALL_SERIES.map((series) => [series.name, createMetric(series, take)]));
  }

  /** A scrape asks all metrics in one tick. They share one snapshot of each instance. */
  private take(): readonly InstanceSnapshot[] {
    if (this.taken === undefined) {
      this.taken = [...this.sources.keys()].map((source) => source.snapshot());
      queueMicrotask(() => (this.taken = undefined));
    }
    return this.taken;
  }
}
