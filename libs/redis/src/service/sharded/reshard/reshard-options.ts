import { checkBoolean, checkOptions, optionInvalid } from '../../../common/options.js';
import type { ShardedOptions } from '../sharded-options.js';

/** Options of `ShardedCache.reshard`. */
export interface ReshardOptions {
  /**
   * The phase that this process enters.
   * - 1: it reads and writes the owner of each key before the move.
   * - 2: it reads and writes the owner after the move.
   * - 3: it uses the new shards only.
   */
  readonly phase: 1 | 2 | 3;
  /**
   * Must be true without a `keyPrefix`, because a reshard removes every key of a database that the shard does not own.
   * @default false
   */
  readonly wholeDatabase?: boolean | undefined;
}

const RESHARD_OPTIONS = ['phase', 'wholeDatabase'] as const satisfies readonly (keyof ReshardOptions)[];

/** @throws RedisInfraError OPTION_INVALID */
export function checkReshard(options: ReshardOptions, keyPrefix: string): 1 | 2 | 3 {
  checkOptions(options, RESHARD_OPTIONS, 'reshard');
  const { phase, wholeDatabase = false } = options;
  if (phase !== 1 && phase !== 2 && phase !== 3) throw optionInvalid('reshard.phase', 'must be 1, 2 or 3');
  if (!checkBoolean(wholeDatabase, 'reshard.wholeDatabase') && keyPrefix === '')
    throw optionInvalid('reshard.wholeDatabase', 'must be true without a keyPrefix: keys of the database are removed');
  return phase;
}

/** Keys move between slots. @throws RedisInfraError OPTION_INVALID with `locator: 'ketama'` */
export function requireSlots(locator: ShardedOptions['locator']): void {
  if (locator === 'ketama') throw optionInvalid('locator', "must be 'slots' to plan or move keys");
}
