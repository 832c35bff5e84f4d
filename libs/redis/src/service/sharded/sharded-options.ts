import { checkBoolean, checkOneOf, checkOptions, join, optionInvalid } from '../../common/options.js';
import {
  ADAPTER_OPTIONS,
  resolveAdapterOptions,
  type AdapterOptions,
  type ResolvedAdapterOptions,
} from '../../adapters/redis/adapter-options.js';
import { resolveFallbackOptions, type FallbackOptions } from '../fallback/fallback-options.js';

/** What a `ShardedCache` answers for the keys of a shard that is unavailable. */
export type OnShardDown = 'fallback' | 'miss' | 'error';

/** How keys are placed on shards. */
export type ShardLocator = 'slots' | 'ketama';

/** Options of a `ShardedCache`. The options of the adapter apply to each shard. */
export interface ShardedOptions extends AdapterOptions {
  /**
   * The fallback of each shard: copies and a journal of its own. With a `journalFile` each shard has its own file, whose
   * name ends with the id of the shard. `false` is the same as `onShardDown: 'error'`.
   * @default the defaults of `FallbackOptions`
   */
  readonly fallback?: FallbackOptions | false | undefined;
  /**
   * What is answered for the keys of a shard that is unavailable. The other shards are not affected, and keys never move.
   * - `fallback`: copies answer reads, changes wait in a journal, as in a `FallbackCache`.
   * - `miss`: `get` returns undefined, all other calls reject.
   * - `error`: all calls reject.
   *
   * `getMany` never rejects because of a shard, unless `strict` is true.
   * @default 'fallback'; 'error' with `fallback: false`
   */
  readonly onShardDown?: OnShardDown | undefined;
  /**
   * How keys are placed. `slots` is balanced, and moves few keys if a shard is added or removed. `ketama` reads data that
   * twemproxy, libketama or the npm package hashring have placed; the ids must be the names that those clients hash.
   * @default 'slots'
   */
  readonly locator?: ShardLocator | undefined;
  /**
   * What `connect()` does if a server carries the stamp of its shard with other shards or weights: `refuse` rejects with
   * OPTION_INVALID; `flush` removes the keys of the shard under the prefix, and stamps it again. Use `flush` only while
   * no process with the old shards runs. It needs a `keyPrefix`.
   * @default 'refuse'
   */
  readonly topologyChange?: 'refuse' | 'flush' | undefined;
  /** Whether `connect()` rejects if a shard is unavailable. @default false */
  readonly failFast?: boolean | undefined;
  /**
   * Whether `getMany` rejects with a `PartialResultError` if a shard did not answer. Without it the keys of that shard
   * are undefined, or copies of the fallback, and `partial` is emitted.
   * @default false
   */
  readonly strict?: boolean | undefined;
}

export interface ResolvedShardedOptions {
  /** The options of the adapter of each shard. */
  readonly adapter: AdapterOptions;
  readonly resolvedAdapter: ResolvedAdapterOptions;
  readonly fallback: FallbackOptions;
  readonly onShardDown: OnShardDown;
  readonly locator: ShardLocator;
  readonly topologyChange: 'refuse' | 'flush';
  readonly failFast: boolean;
  readonly strict: boolean;
}

/** The names of all options. */
export const SHARDED_OPTIONS = [
  ...ADAPTER_OPTIONS,
  'fallback',
  'onShardDown',
  'locator',
  'topologyChange',
  'failFast',
  'strict',
] as const satisfies readonly (keyof ShardedOptions)[];

export const SHARDED_DEFAULTS = {
  onShardDown: 'fallback',
  locator: 'slots',
  topologyChange: 'refuse',
  failFast: false,
  strict: false,
} as const satisfies ShardedOptions;

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function resolveShardedOptions(options: ShardedOptions = {}, path = ''): ResolvedShardedOptions {
  checkOptions(options, SHARDED_OPTIONS, path);
  const { keyPrefix, codec, resilience, fallback } = options;
  const adapter = { keyPrefix, codec, resilience };
  const topologyChange = checkOneOf(
    options.topologyChange ?? SHARDED_DEFAULTS.topologyChange,
    join(path, 'topologyChange'),
    ['refuse', 'flush'],
  );
  if (topologyChange === 'flush' && (keyPrefix ?? '') === '')
    throw optionInvalid(
      join(path, 'topologyChange'),
      "must not be 'flush' without a keyPrefix: it would remove every key",
    );
  const { failFast, strict } = { ...SHARDED_DEFAULTS, ...options };
  if (fallback !== undefined && fallback !== false) resolveFallbackOptions(fallback, join(path, 'fallback'));
  return Object.freeze({
    adapter,
    resolvedAdapter: resolveAdapterOptions(adapter, path),
    fallback: fallback === false ? {} : (fallback ?? {}),
    onShardDown: onShardDownOf(options, path),
    locator: checkOneOf(options.locator ?? SHARDED_DEFAULTS.locator, join(path, 'locator'), ['slots', 'ketama']),
    topologyChange,
    failFast: checkBoolean(failFast ?? SHARDED_DEFAULTS.failFast, join(path, 'failFast')),
    strict: checkBoolean(strict ?? SHARDED_DEFAULTS.strict, join(path, 'strict')),
  });
}

function onShardDownOf({ onShardDown, fallback }: ShardedOptions, path: string): OnShardDown {
  if (onShardDown === undefined) return fallback === false ? 'error' : SHARDED_DEFAULTS.onShardDown;
  const at = join(path, 'onShardDown');
  const checked = checkOneOf(onShardDown, at, ['fallback', 'miss', 'error']);
  if (checked === 'fallback' && fallback === false)
    throw optionInvalid(at, "must not be 'fallback' with fallback: false");
  if (checked !== 'fallback' && fallback !== undefined && fallback !== false)
    throw optionInvalid(at, "must be 'fallback' if options of the fallback are given");
  return checked;
}
