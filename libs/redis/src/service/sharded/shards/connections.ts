import { isShardFailure } from '../fan-out/failures.js';
import type { ShardedState } from '../sharded-context.js';

/**
 * Connects all shards in parallel. A shard that is unavailable is no failure, unless `failFast` is set.
 * @throws an error that waiting does not fix: OPTION_INVALID
 */
export async function connectShards({ placement, options, resharder }: ShardedState): Promise<void> {
  resharder.open();
  const results = await Promise.allSettled(placement.shards.map(({ store }) => store.connect()));
  for (const result of results) {
    if (result.status === 'rejected' && (options.failFast || !isShardFailure(result.reason))) throw result.reason;
  }
}

/** Disconnects all shards in parallel. A reshard that runs rejects with CLOSED. */
export async function disconnectShards({ placement, resharder }: ShardedState): Promise<void> {
  const disconnect = (): Promise<unknown> => Promise.all(placement.shards.map(({ store }) => store.disconnect()));
  resharder.close();
  await disconnect();
  // A reshard may have connected a shard again meanwhile.
  if (await resharder.settled()) await disconnect();
}
