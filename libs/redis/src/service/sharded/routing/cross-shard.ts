import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { checkKeys } from '../../../domain/models/cache-key.js';
import type { ShardedContext } from '../sharded-context.js';
import type { Shard } from '../shards/shard.js';

/**
 * Returns the shard of all keys of a call that must be atomic.
 * @throws RedisInfraError CROSS_SHARD that names the shards if there are several; KEY_INVALID
 */
export function requireOneShard(context: ShardedContext, keys: readonly string[]): Shard {
  checkKeys(keys);
  const shards = new Set(keys.map((key) => context.ownerOf(key)));
  const [shard = context.shards[0]] = shards;
  if (shards.size <= 1 && shard !== undefined) return shard;
  const ids = [...shards].map(({ id }) => id).join(', ');
  throw new RedisInfraError(
    'CROSS_SHARD',
    `the keys of this call are on several shards (${ids}): give them a common hash tag, for example {user:7}`,
    { context: { shards: ids } },
  );
}
