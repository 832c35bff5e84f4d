import type { FallbackSnapshot, InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import { rootLabel } from './labels.js';
import type { Sample, Series } from './series.js';

/** The series of the fallbacks, by cache. */
export const FALLBACK_SERIES: readonly Series[] = [
  {
    name: 'redis_fallback_active',
    help: '1 while the fallback answers because Redis, or at least one shard, is unavailable, else 0.',
    type: 'gauge',
    combine: 'max',
    labels: ['cache'],
    samples: of(({ active }) => (active ? 1 : 0)),
  },
  {
    name: 'redis_fallback_journal_entries',
    help: 'Invalidations that Redis has not acknowledged yet.',
    type: 'gauge',
    labels: ['cache'],
    samples: of(({ journal }) => journal),
  },
  {
    name: 'redis_fallback_degraded_seconds_total',
    help: 'How long the fallback was active. With shards, the sum over the shards.',
    type: 'counter',
    labels: ['cache'],
    samples: of(({ degradedMs }) => degradedMs / 1000),
  },
];

function of(value: (fallback: FallbackSnapshot) => number): (instance: InstanceSnapshot) => readonly Sample<number>[] {
  return (instance) => (instance.fallback === undefined ? [] : [[[rootLabel(instance)], value(instance.fallback)]]);
}
