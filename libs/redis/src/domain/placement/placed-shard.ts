import { isPlainObject, optionInvalid } from '../../common/options.js';

/** The longest id of a shard, in UTF-16 code units. */
export const MAX_SHARD_ID_LENGTH = 64;
/** The most shards of a topology. */
export const MAX_SHARDS = 1000;

/** What the placement of keys depends on. */
export interface PlacedShard {
  /** The identity of the shard: 1 to 64 characters. It is neither the address nor the position in the list. */
  readonly id: string;
  /**
   * The share of the keys, relative to the other shards: positive and finite. Only ratios count, so weights of 1 and 2
   * place keys as 10 and 20 do.
   * @default 1
   */
  readonly weight?: number;
}

/** Finds the shard of a key. */
export interface KeyLocator {
  /** Returns the share of all keys that each shard owns, 0 to 1. A shard that owns nothing may be absent. */
  shares(): ReadonlyMap<string, number>;
  /** Returns the id of the shard that owns a key. */
  shardOf(key: string): string;
}

/** A shard whose weight is a ratio: the greatest weight of the topology is 1. */
export interface WeightedShard {
  readonly id: string;
  readonly weight: number;
}

/**
 * Checks the shards of a topology. Returns them in the order of their ids, so that the result does not depend on the
 * order of the list.
 * @param path the path of the list in error messages
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkShards(shards: readonly PlacedShard[], path = 'shards'): readonly WeightedShard[] {
  if (!Array.isArray(shards) || shards.length === 0 || shards.length > MAX_SHARDS)
    throw optionInvalid(path, `must be a list of 1 to ${MAX_SHARDS} shards`);
  const checked = shards.map((shard, at) => checkShard(shard, `${path}[${at}]`));
  const first = new Map<string, number>();
  for (const [at, { id }] of checked.entries()) {
    if (first.has(id)) throw optionInvalid(`${path}[${at}].id`, `must not be the id of ${path}[${first.get(id)}]`);
    first.set(id, at);
  }
  const greatest = checked.reduce((weight, shard) => Math.max(weight, shard.weight), 0);
  // Not 0, which has no logarithm.
  const ratio = (weight: number): number => Math.max(weight / greatest, Number.MIN_VALUE);
  return checked.map(({ id, weight }) => ({ id, weight: ratio(weight) })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function checkShard(shard: unknown, path: string): WeightedShard {
  if (!isPlainObject(shard)) throw optionInvalid(path, 'must be a plain object with the id of a shard');
  const { id, weight = 1 } = shard;
  if (typeof id !== 'string' || id === '' || id.length > MAX_SHARD_ID_LENGTH)
    throw optionInvalid(`${path}.id`, `must be a text of 1 to ${MAX_SHARD_ID_LENGTH} characters`);
  if (typeof weight !== 'number' || !(weight > 0) || !Number.isFinite(weight))
    throw optionInvalid(`${path}.weight`, 'must be a positive finite number');
  return { id, weight };
}
