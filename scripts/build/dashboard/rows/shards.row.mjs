import { caches, rate } from '../queries.mjs';

/** @type {import('../panel.mjs').Row} */
export const SHARDS_ROW = {
  title: 'Shards',
  panels: [
    {
      title: 'Shards in use',
      description: 'The part of the selected processes that use the shard.',
      unit: 'percentunit',
      targets: [{ query: `avg by (cache, shard) (${caches('redis_shard_up')})`, legend: '{{cache}} {{shard}}' }],
    },
    {
      title: 'Operations by shard',
      description: 'Calls that went to each shard, by outcome.',
      unit: 'ops',
      targets: [
        { query: rate('shard, outcome', caches('redis_shard_operations_total')), legend: '{{shard}} {{outcome}}' },
      ],
    },
    {
      title: 'Share of shards',
      description: 'The part of the keys that each shard owns, by its weight.',
      unit: 'percentunit',
      targets: [
        { query: `avg by (cache, shard) (${caches('redis_shard_share_ratio')})`, legend: '{{cache}} {{shard}}' },
      ],
    },
  ],
};
