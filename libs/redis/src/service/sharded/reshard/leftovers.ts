import type { CacheStore } from '../../../domain/cache-store.js';
import { isInternalKey } from '../../../domain/models/internal-keys.js';
import type { KeyLocator } from '../../../domain/placement/placed-shard.js';
import { capabilityOf } from '../shards/capability-of.js';
import type { Shard } from '../shards/shard.js';

/** How many keys the server examines in one step: short enough not to delay calls. */
const STEP_KEYS = 500;

/**
 * Removes from a shard what another shard owns: only keys under the prefix, in steps, one after the other. Returns how
 * many.
 * @param owners where the keys belong, by their full keys
 * @throws the error of a shard that is unavailable
 */
export async function removeLeftovers(shard: Shard, owners: KeyLocator, keyPrefix: string): Promise<number> {
  const { direct, id } = shard;
  let removed = 0;
  for await (const { keys } of capabilityOf(direct, 'keys').scan({ count: STEP_KEYS })) {
    // Leases expire, and versions belong to every shard.
    const leftovers = keys.filter((key) => !isInternalKey(key) && owners.shardOf(keyPrefix + key) !== id);
    if (leftovers.length > 0) removed += await remove(direct, leftovers);
  }
  return removed;
}

/** Also voids the leases, so that no load publishes afterwards. */
async function remove(store: CacheStore, keys: readonly string[]): Promise<number> {
  const { entries } = store.can ?? {};
  return entries === undefined ? store.deleteMany(keys) : (await entries.remove(keys)).removed;
}
