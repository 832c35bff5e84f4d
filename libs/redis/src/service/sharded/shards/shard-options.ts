import { checkOptions, isPlainObject, optionInvalid } from '../../../common/options.js';
import { toRedisConfig, type RedisConnection } from '../../../config/redis-connection.js';
import type { RedisConfig } from '../../../config/redis.config.js';
import { checkShards, MAX_SHARD_ID_LENGTH, type PlacedShard } from '../../../domain/placement/placed-shard.js';

/** A shard of a `ShardedCache`. */
export interface ShardOptions {
  /**
   * The identity of the shard: 1 to 64 characters, unique. The placement of the keys depends on it, not on the address
   * and not on the position in the list: a server that moves to another address keeps its id and its keys.
   */
  readonly id: string;
  /** The server, the Sentinel group or the Cluster that holds the keys of the shard. */
  readonly connection: RedisConnection;
  /** The share of the keys, relative to the other shards: positive and finite. @default 1 */
  readonly weight?: number | undefined;
}

/** A checked shard. */
export interface ResolvedShard extends Required<PlacedShard> {
  readonly config: RedisConfig;
}

/** The names of all options. */
export const SHARD_OPTIONS = ['id', 'connection', 'weight'] as const satisfies readonly (keyof ShardOptions)[];

export const SHARD_DEFAULTS = { weight: 1 } as const satisfies Partial<ShardOptions>;

/**
 * Checks the shards of a `ShardedCache`. A connection alone gets an id from its address: `host:port/db`, the path of a
 * socket with the database, or the name of a Sentinel group with the database.
 * @throws RedisInfraError OPTION_INVALID with the path of the option
 */
export function resolveShards(
  shards: readonly (RedisConnection | ShardOptions)[],
  path = 'shards',
): readonly ResolvedShard[] {
  if (!Array.isArray(shards)) throw optionInvalid(path, 'must be a list of connections or shards');
  const resolved = shards.map((shard: unknown, at) => resolveShard(shard, `${path}[${at}]`));
  checkShards(
    resolved.map(({ id, weight }) => ({ id, weight })),
    path,
  );
  return resolved;
}

function resolveShard(shard: unknown, path: string): ResolvedShard {
  if (!isShardOptions(shard)) {
    const config = configOf(shard, path);
    return { id: derivedId(config, path), weight: SHARD_DEFAULTS.weight, config };
  }
  checkOptions(shard, SHARD_OPTIONS, path);
  const { id, weight = SHARD_DEFAULTS.weight } = shard;
  // Stamps contain the id as UTF-8, in which all unpaired surrogates are the same character.
  if (typeof id === 'string' && !id.isWellFormed())
    throw optionInvalid(`${path}.id`, 'must be well-formed Unicode, without unpaired surrogates');
  return { id, weight, config: configOf(shard.connection, `${path}.connection`) };
}

/** Options of a connection have neither of these names. */
function isShardOptions(shard: unknown): shard is ShardOptions {
  return isPlainObject(shard) && ('id' in shard || 'connection' in shard);
}

function configOf(connection: unknown, path: string): RedisConfig {
  // The environment describes one server, so it is no default for a shard.
  if (connection === undefined || connection === null || connection === '')
    throw optionInvalid(path, 'must be a connection: a URL, its options or a RedisConfig');
  return toRedisConfig(connection, path);
}

function derivedId(config: RedisConfig, path: string): string {
  const { mode, host, port, path: socket, sentinelName, db } = config.toJSON();
  if (mode === 'memory') return 'memory';
  if (mode === 'cluster')
    throw optionInvalid(path, 'a Cluster has no address that identifies it: pass { id, connection }');
  const id = `${sentinelName ?? socket ?? `${host}:${port}`}/${db}`;
  if (id.length > MAX_SHARD_ID_LENGTH)
    throw optionInvalid(path, `its address is longer than ${MAX_SHARD_ID_LENGTH} characters: pass { id, connection }`);
  return id;
}
