import { RedisAdapter } from '../../../adapters/redis.adapter.js';
import type { AdapterStatus } from '../../../adapters/redis/adapter-status.js';
import { join } from '../../../common/options.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { FallbackCache } from '../../fallback/fallback.cache.js';
import type { FallbackOptions } from '../../fallback/fallback-options.js';
import type { ResolvedShardedOptions } from '../sharded-options.js';
import type { ResolvedShard } from './shard-options.js';

/** One shard: a server with connections, circuits, a fallback and a journal of its own. */
export class Shard {
  readonly id: string;
  readonly weight: number;
  readonly adapter: RedisAdapter;
  /** The values of the shard, with its fallback if it has one. */
  readonly store: CacheStore;

  constructor({ id, weight, config }: ResolvedShard, { adapter, fallback, onShardDown }: ResolvedShardedOptions) {
    this.id = id;
    this.weight = weight;
    this.adapter = new RedisAdapter(config, adapter);
    // The embedded store is never unavailable.
    const hasFallback = onShardDown === 'fallback' && config.mode !== 'memory';
    this.store = hasFallback
      ? new FallbackCache(this.adapter, ownFallback(fallback, id), { path: join('', 'fallback') })
      : this.adapter;
  }

  status(): AdapterStatus {
    return this.adapter.status();
  }
}

/** A journal is the file of one store. */
function ownFallback(fallback: FallbackOptions, id: string): FallbackOptions {
  const { journalFile } = fallback;
  return journalFile === undefined
    ? fallback
    : { ...fallback, journalFile: `${journalFile}.${encodeURIComponent(id)}` };
}
