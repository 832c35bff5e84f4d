import type { BucketSnapshot } from '../../../common/statistics/bucket-counts.js';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';

/** One value of a series: the values of its labels in their order, and the number. */
export type Sample<V> = readonly [labels: readonly string[], value: V];

interface SeriesBase {
  readonly name: string;
  /** The description in the exposition and in the documents. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** A series of plain numbers. */
export interface NumberSeries extends SeriesBase {
  readonly type: 'counter' | 'gauge';
  /** How values with equal labels are combined: of several instances, or folded into `other`. @default 'sum' */
  readonly combine?: 'sum' | 'min' | 'max';
  readonly samples: (instance: InstanceSnapshot) => readonly Sample<number>[];
}

/** A series of histograms. */
export interface HistogramSeries extends SeriesBase {
  readonly type: 'histogram';
  /** The upper bounds of the buckets. */
  readonly buckets: readonly number[];
  readonly samples: (instance: InstanceSnapshot) => readonly Sample<BucketSnapshot>[];
}

/** The definition of a metric: what Prometheus scrapes, and what the documents list. */
export type Series = NumberSeries | HistogramSeries;
