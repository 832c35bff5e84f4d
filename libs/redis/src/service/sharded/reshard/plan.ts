import { planMove, type MovePlan } from '../../../domain/placement/topology.js';
import { tableOf } from '../routing/routes.js';
import type { ShardLocator } from '../sharded-options.js';
import type { ResolvedShard } from '../shards/shard-options.js';
import { requireSlots } from './reshard-options.js';
import type { ShardLists } from './shard-lists.js';

/** What a change of the shards in use moves. While keys move already, the shards before the move are compared. */
export function planReshard({ before }: ShardLists, next: readonly ResolvedShard[], locator: ShardLocator): MovePlan {
  requireSlots(locator);
  return planMove(tableOf(before), tableOf(next));
}
