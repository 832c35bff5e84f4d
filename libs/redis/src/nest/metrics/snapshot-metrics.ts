import { Counter, Gauge, Histogram, type Metric, type MetricType } from 'prom-client';
import type { BucketSnapshot } from '../../common/statistics/bucket-counts.js';
import type { InstanceSnapshot } from '../../service/statistics/instance-snapshot.js';
import { addBuckets, foldLabels, foldNumbers } from './fold-labels.js';
import type { HistogramSeries, NumberSeries, Sample, Series } from './series/series.js';

/** Takes the snapshots of all instances of a registry. */
export type TakeSnapshots = () => readonly InstanceSnapshot[];

interface Value {
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly metricName?: string;
}

/** Creates the metric of a series, in no registry. It keeps no values: each scrape computes them from snapshots. */
export function createMetric(series: Series, take: TakeSnapshots): Metric {
  if (series.type === 'histogram') return new SnapshotHistogram(series, take);
  return series.type === 'counter' ? new SnapshotCounter(series, take) : new SnapshotGauge(series, take);
}

class SnapshotCounter extends Counter {
  constructor(
    private readonly series: NumberSeries,
    private readonly take: TakeSnapshots,
  ) {
    super(configOf(series));
  }

  override async get(): ReturnType<Counter['get']> {
    // Before anything is awaited, so that all metrics of a scrape see the same moment.
    const values = numbersOf(this.series, this.take());
    return { ...(await super.get()), values };
  }
}

class SnapshotGauge extends Gauge {
  constructor(
    private readonly series: NumberSeries,
    private readonly take: TakeSnapshots,
  ) {
    super(configOf(series));
  }

  override async get(): ReturnType<Gauge['get']> {
    const values = numbersOf(this.series, this.take());
    return { ...(await super.get()), values };
  }
}

class SnapshotHistogram extends Histogram {
  constructor(
    private readonly series: HistogramSeries,
    private readonly take: TakeSnapshots,
  ) {
    super({ ...configOf(series), buckets: [...series.buckets] });
  }

  override async get(): ReturnType<Histogram['get']> {
    const { series } = this;
    const { name, help } = series;
    const values = bucketsOf(series, this.take());
    // The declared type is an enumeration of numbers, and the library uses the name of the type.
    const type = 'histogram' as unknown as MetricType;
    return { name, help, type, values, aggregator: 'sum', collect: () => {} };
  }

  /** prom-client prefers this to `get` when it writes text. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

function configOf({ name, help, labels }: Series): { name: string; help: string; labelNames: string[]; registers: [] } {
  return { name, help, labelNames: [...labels], registers: [] };
}

function numbersOf(series: NumberSeries, taken: readonly InstanceSnapshot[]): Value[] {
  return foldNumbers(series, taken).map(([names, value]) => ({ labels: labelled(series.labels, names), value }));
}

function bucketsOf({ name, labels, samples }: HistogramSeries, taken: readonly InstanceSnapshot[]): Value[] {
  const folded = foldLabels(taken.flatMap(samples), addBuckets);
  return folded.flatMap(([names, buckets]: Sample<BucketSnapshot>) => {
    const own = labelled(labels, names);
    let below = 0;
    const values = buckets.counts.map((count, at): Value => {
      below += count;
      const le = at < buckets.bounds.length ? String(buckets.bounds[at]) : '+Inf';
      return { labels: { le, ...own }, value: below, metricName: `${name}_bucket` };
    });
    return [
      ...values,
      { labels: own, value: buckets.sum, metricName: `${name}_sum` },
      { labels: own, value: buckets.count, metricName: `${name}_count` },
    ];
  });
}

function labelled(labels: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']));
}
