import { checkOptions, optionInvalid } from '../../common/options.js';
import { resolveAdapterOptions } from '../../adapters/redis/adapter-options.js';
import { resolveFallbackOptions } from '../../service/fallback/fallback-options.js';
import { resolveShardedOptions, type ShardedOptions } from '../../service/sharded/sharded-options.js';
import { resolveShards, type ShardOptions } from '../../service/sharded/shards/shard-options.js';

/** Options of the injected `ShardedCache` that the module does not have for a single connection. */
export type ShardingOptions = Pick<ShardedOptions, 'onShardDown' | 'locator' | 'topologyChange' | 'strict'>;

/** The options of the module that concern shards. */
export interface ModuleShards extends Pick<
  ShardedOptions,
  'keyPrefix' | 'codec' | 'resilience' | 'fallback' | 'failFast'
> {
  readonly connection?: unknown;
  readonly shards?: readonly ShardOptions[] | undefined;
  readonly sharding?: ShardingOptions | undefined;
}

/** The arguments of the `ShardedCache` of an instance. */
export interface ShardSource {
  readonly shards: readonly ShardOptions[];
  readonly options: ShardedOptions;
}

/** The names of all options. */
export const SHARDING_OPTIONS = [
  'onShardDown',
  'locator',
  'topologyChange',
  'strict',
] as const satisfies readonly (keyof ShardingOptions)[];

/**
 * Checks the options of an instance with shards. Returns undefined for an instance with one connection.
 * @throws RedisInfraError OPTION_INVALID with the path of the option
 */
export function resolveShardSource(module: ModuleShards): ShardSource | undefined {
  const { connection, shards, sharding = {}, keyPrefix, codec, resilience, fallback, failFast } = module;
  checkOptions(sharding, SHARDING_OPTIONS, 'sharding');
  if (shards === undefined) {
    if (module.sharding !== undefined) throw optionInvalid('sharding', 'needs the option shards');
    return undefined;
  }
  if (connection !== undefined && connection !== '')
    throw optionInvalid('connection', 'must not be set together with shards: each shard has a connection of its own');
  resolveShards(shards, 'shards');
  // These paths are those of the module, so they are checked before the options of `sharding`.
  resolveAdapterOptions({ keyPrefix, codec, resilience }, '');
  if (fallback !== undefined && fallback !== false) resolveFallbackOptions(fallback, 'fallback');
  const options = { ...sharding, keyPrefix, codec, resilience, fallback, failFast };
  resolveShardedOptions(options, 'sharding');
  return Object.freeze({ shards, options });
}
