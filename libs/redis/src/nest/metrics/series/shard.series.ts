import type { InstanceSnapshot } from '../../../service/statistics/instance-snapshot.js';
import type { ShardSnapshot } from '../../../service/sharded/shards/shard-snapshot.js';
import { rootLabel, shardLabel } from './labels.js';
import type { Sample, Series } from './series.js';

/** The series of the shards, by cache and shard. */
export const SHARD_SERIES: readonly Series[] = [
  {
    name: 'redis_shard_up',
    help: '1 while the server of the shard is connected and carries its stamp, else 0.',
    type: 'gauge',
    combine: 'min',
    labels: ['cache', 'shard'],
    samples: ofEach(({ status }) => [[[], status.state === 'up' ? 1 : 0]]),
  },
  {
    name: 'redis_shard_operations_total',
    help: 'Calls to the server of the shard: reads of one value as hit or miss, other calls as ok, all failures as error.',
    type: 'counter',
    labels: ['cache', 'shard', 'outcome'],
    samples: ofEach(({ operations }) => Object.entries(operations).map(([outcome, count]) => [[outcome], count])),
  },
  {
    name: 'redis_shard_share_ratio',
    help: 'Share of the keys that the placement assigns to the shard, 0 to 1.',
    type: 'gauge',
    labels: ['cache', 'shard'],
    samples: ofEach(({ share }) => [[[], share]]),
  },
];

/** The samples of each shard, with its labels in front. */
function ofEach(
  samples: (shard: ShardSnapshot) => readonly Sample<number>[],
): (instance: InstanceSnapshot) => readonly Sample<number>[] {
  return (instance) =>
    instance.shards.flatMap((shard, at) =>
      samples(shard).map(([labels, value]): Sample<number> => [
        [rootLabel(instance), shardLabel(shard.id, at), ...labels],
        value,
      ]),
    );
}
