import { optionInvalid } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';

/** The server belongs to another shard: its addresses were swapped, or two shards have one address. */
export function otherShard(shard: string, stamped: string | undefined): RedisInfraError {
  const found = stamped === undefined ? 'something that is not a stamp' : `the stamp of shard '${stamped}'`;
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `the server of shard '${shard}' carries ${found}, so it is not used: check the addresses of the shards`,
    { context: { shard, reason: 'OTHER_SHARD', ...(stamped === undefined ? {} : { stamped }) }, retryable: false },
  );
}

/** The keys of the shard were placed by other ids or weights. */
export function otherTopology(shard: string): RedisInfraError {
  return optionInvalid(
    'shards',
    `the keys of shard '${shard}' were placed with other shards or weights: move them with reshard(), or remove them with topologyChange: 'flush'`,
  );
}

/** The connections of a pool reach several servers, for example while an address moves. */
export function severalServers(shard: string): RedisInfraError {
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `the connections of shard '${shard}' reach different servers: they are used when all reach the same one`,
    { context: { shard } },
  );
}
