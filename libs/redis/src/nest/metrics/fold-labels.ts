import { MAX_NAMES, OTHER } from '../../common/statistics/named-statistics.js';
import type { BucketSnapshot } from '../../common/statistics/bucket-counts.js';
import type { InstanceSnapshot } from '../../service/statistics/instance-snapshot.js';
import type { NumberSeries, Sample } from './series/series.js';

const COMBINE = {
  sum: (a: number, b: number): number => a + b,
  min: (a: number, b: number): number => Math.min(a, b),
  max: (a: number, b: number): number => Math.max(a, b),
} as const;

/** The samples of a series in all instances, folded as the series demands. */
export function foldNumbers(
  { samples, combine = 'sum' }: NumberSeries,
  instances: readonly InstanceSnapshot[],
): readonly Sample<number>[] {
  return foldLabels(instances.flatMap(samples), COMBINE[combine]);
}

/**
 * Replaces the values of each label after the first 50 by `other`, and combines the samples whose labels are equal then.
 * So the number of series has a bound, whatever names the application uses.
 */
export function foldLabels<V>(samples: readonly Sample<V>[], combine: (a: V, b: V) => V): readonly Sample<V>[] {
  const seen: Set<string>[] = [];
  const folded = new Map<string, Sample<V>>();
  for (const [labels, value] of samples) {
    const kept = labels.map((label, at) => keep((seen[at] ??= new Set()), label));
    const id = kept.join('\0');
    const known = folded.get(id);
    folded.set(id, [kept, known === undefined ? value : combine(known[1], value)]);
  }
  return [...folded.values()];
}

/** The sum of two histograms with the same bounds. */
export function addBuckets(a: BucketSnapshot, b: BucketSnapshot): BucketSnapshot {
  const counts = a.counts.map((count, at) => count + (b.counts[at] ?? 0));
  return { bounds: a.bounds, counts, sum: a.sum + b.sum, count: a.count + b.count };
}

function keep(seen: Set<string>, label: string): string {
  if (seen.size < MAX_NAMES) seen.add(label);
  return seen.has(label) ? label : OTHER;
}
