import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { InstanceSnapshot } from '../../service/statistics/instance-snapshot.js';
import { addBuckets, foldLabels, foldNumbers } from '../metrics/fold-labels.js';
import { ALL_SERIES } from '../metrics/series/all-series.js';
import type { HistogramSeries, NumberSeries } from '../metrics/series/series.js';

/** An instrument of one or more observables, and what it observes of the instances. */
export interface SeriesInstrument {
  readonly observables: readonly Observable[];
  observe(result: BatchObservableResult, instances: readonly InstanceSnapshot[]): void;
}

/**
 * The instruments of all series that Prometheus gets, with the same names and labels: `_total` is added by exporters. So
 * dashboards and alerts work with either.
 */
export function createInstruments(meter: Meter): readonly SeriesInstrument[] {
  return ALL_SERIES.map((series) =>
    series.type === 'histogram' ? sumAndCount(meter, series) : oneNumber(meter, series),
  );
}

function oneNumber(meter: Meter, series: NumberSeries): SeriesInstrument {
  const options = { description: series.help, ...unitOf(series.name) };
  const observable =
    series.type === 'counter'
      ? meter.createObservableCounter(series.name.replace(/_total$/, ''), options)
      : meter.createObservableGauge(series.name, options);
  return {
    observables: [observable],
    observe: (result, instances) => {
      for (const [labels, value] of foldNumbers(series, instances))
        result.observe(observable, value, attributesOf(series, labels));
    },
  };
}

/** OpenTelemetry has no observable histogram, so the sum and the number of values are counters. */
function sumAndCount(meter: Meter, series: HistogramSeries): SeriesInstrument {
  const description = series.help;
  const sum = meter.createObservableCounter(`${series.name}_sum`, { description, ...unitOf(series.name) });
  const count = meter.createObservableCounter(`${series.name}_count`, { description });
  return {
    observables: [sum, count],
    observe: (result, instances) => {
      const samples = instances.flatMap((instance) => series.samples(instance));
      for (const [labels, buckets] of foldLabels(samples, addBuckets)) {
        const attributes = attributesOf(series, labels);
        result.observe(sum, buckets.sum, attributes);
        result.observe(count, buckets.count, attributes);
      }
    },
  };
}

function unitOf(name: string): { readonly unit?: string } {
  if (/_seconds(?:_total)?$/.test(name)) return { unit: 's' };
  return name.endsWith('_bytes') ? { unit: 'By' } : {};
}

function attributesOf(
  { labels }: Pick<NumberSeries, 'labels'>,
  values: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']));
}
