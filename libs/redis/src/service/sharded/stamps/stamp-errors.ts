import { optionInvalid } from '../../../common/options.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { positionIn, type OwnPlacement } from './own-placement.js';
import { moveOf, type Stamp } from './stamp.js';

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

/** The process is not in one of the phases that may run. */
export function otherPhase(shard: string, found: Stamp | undefined, own: OwnPlacement): RedisInfraError {
  const move = found === undefined ? undefined : moveOf(found);
  const position = move === undefined ? undefined : positionIn(move, own);
  const range = found?.phase === undefined ? '' : ` only phases ${found.least ?? 0} to ${found.phase} may run, and`;
  return optionInvalid(
    'shards',
    `the keys of shard '${shard}' are being moved:${range} this process is in phase ${position ?? own.phase ?? 0}: call reshard() with a phase that may run`,
  );
}

/** The stamp of the shard is lost while keys move, and no other shard tells which phases may run. */
export function phasesUnknown(shard: string): RedisInfraError {
  return new RedisInfraError(
    'CONNECTION_FAILED',
    `shard '${shard}' has lost its stamp while keys move: it is used when another shard tells the phase`,
    { context: { shard } },
  );
}

/** The shard is not one of those that the process uses now. */
export function notInUse(shard: string): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', `shard '${shard}' is not in use`, {
    context: { shard },
    outcome: 'not-sent',
  });
}
