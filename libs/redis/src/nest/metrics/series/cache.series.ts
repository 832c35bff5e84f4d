import { LOAD_SECONDS, OPERATION_SECONDS, VALUE_BYTES } from '../../../common/statistics/buckets.js';
import type { CacheSnapshot } from '../../../service/cache/statistics/cache-snapshot.js';
import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import { cacheLabel } from './labels.js';
import type { Sample, Series } from './series.js';

/** The series of the caches, by namespace. */
export const CACHE_SERIES: readonly Series[] = [
  {
    name: 'redis_cache_requests_total',
    help: 'Keys that were read, by result and by the layer that had the value. error: the store failed and nothing was found.',
    type: 'counter',
    labels: ['cache', 'result', 'layer'],
    samples: ofEach(({ requests }) => requests.map(({ result, layer, count }) => [[result, layer], count])),
  },
  {
    name: 'redis_cache_operations_total',
    help: 'Operations that reached a store, by outcome. degraded: the store failed and the call resolved without it. A near hit is no operation.',
    type: 'counter',
    labels: ['cache', 'operation', 'outcome'],
    samples: ofEach(({ operations }) =>
      Object.entries(operations).flatMap(([operation, { outcomes }]) => ofCounts(outcomes, operation)),
    ),
  },
  {
    name: 'redis_cache_operation_duration_seconds',
    help: 'Duration of operations that reached a store. It includes the load of getOrSet. Near hits are not timed.',
    type: 'histogram',
    labels: ['cache', 'operation'],
    buckets: OPERATION_SECONDS,
    samples: ofEach(({ operations }) =>
      Object.entries(operations).map(([operation, { seconds }]) => [[operation], seconds]),
    ),
  },
  {
    name: 'redis_cache_loads_total',
    help: 'Loads that ended, by outcome.',
    type: 'counter',
    labels: ['cache', 'outcome'],
    samples: ofEach(({ loads }) => ofCounts(loads)),
  },
  {
    name: 'redis_cache_load_duration_seconds',
    help: 'Duration of loads, failed ones included.',
    type: 'histogram',
    labels: ['cache'],
    buckets: LOAD_SECONDS,
    samples: ofEach(({ loadSeconds }) => [[[], loadSeconds]]),
  },
  {
    name: 'redis_cache_coalesced_requests_total',
    help: 'Calls that shared a load that was running, in this process or in another one.',
    type: 'counter',
    labels: ['cache'],
    samples: ofEach(({ coalesced }) => [[[], coalesced]]),
  },
  {
    name: 'redis_cache_invalidations_total',
    help: 'Invalidated keys and tags, and flushes, by cause. delete counts as key.',
    type: 'counter',
    labels: ['cache', 'cause'],
    samples: ofEach(({ invalidations }) => ofCounts(invalidations)),
  },
  {
    name: 'redis_cache_near_entries',
    help: 'Near copies in the memory of the process, of the cache with all its namespaces.',
    type: 'gauge',
    labels: ['cache'],
    samples: ofEach(({ near }) => (near === undefined ? [] : [[[], near.entries]])),
  },
  {
    name: 'redis_cache_near_bytes',
    help: 'Approximate memory of the near copies, of the cache with all its namespaces.',
    type: 'gauge',
    labels: ['cache'],
    samples: ofEach(({ near }) => (near === undefined ? [] : [[[], near.bytes]])),
  },
  {
    name: 'redis_cache_near_evictions_total',
    help: 'Near copies dropped to make room, by the limit that was reached: entries or bytes.',
    type: 'counter',
    labels: ['cache', 'reason'],
    samples: ofEach(({ near }) => (near === undefined ? [] : ofCounts({ ...near.evictions }))),
  },
  {
    name: 'redis_cache_codec_errors_total',
    help: 'Values that could not be encoded or decoded, by error code.',
    type: 'counter',
    labels: ['cache', 'code'],
    samples: ofEach(({ codecErrors }) => ofCounts(codecErrors)),
  },
  {
    name: 'redis_cache_value_size_bytes',
    help: 'Stored size of the values that reads found in the store, as encoded.',
    type: 'histogram',
    labels: ['cache'],
    buckets: VALUE_BYTES,
    samples: ofEach(({ valueBytes }) => [[[], valueBytes]]),
  },
];

/** The samples of each namespace, with its label in front. */
function ofEach<V>(samples: (cache: CacheSnapshot) => readonly Sample<V>[]): (i: InstanceSnapshot) => Sample<V>[] {
  return (instance) =>
    instance.caches.flatMap((cache) =>
      samples(cache).map(([labels, value]): Sample<V> => [[cacheLabel(instance, cache.name), ...labels], value]),
    );
}

/** A sample for each count, with its name as the last label. */
function ofCounts(counts: Readonly<Record<string, number>>, ...labels: readonly string[]): readonly Sample<number>[] {
  return Object.entries(counts).map(([name, count]) => [[...labels, name], count]);
}
