import type { AdapterSnapshot } from '../../adapters/redis/adapter-snapshot.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { PolicySnapshot } from '../../rate-limiter/statistics/limiter-snapshot.js';
import type { CacheSnapshot } from '../cache/statistics/cache-snapshot.js';
import type { ShardSnapshot } from '../sharded/shards/shard-snapshot.js';
import type { CleanupJobStatistics } from './cleanup-statistics.js';

/** The fallback of a cache. */
export interface FallbackSnapshot {
  /** Whether an outage lasts now: with shards, of at least one. */
  readonly active: boolean;
  /** The invalidations that Redis has not acknowledged. */
  readonly journal: number;
  /** How long all outages took together, in milliseconds: with shards, the sum over them. */
  readonly degradedMs: number;
}

/**
 * The statistics of one instance of `RedisModule`, since it was created in this process. All exporters read this, so
 * their figures agree. Counts never decrease. Names are those of the application: namespaces, policies, shards. There is
 * no key, no subject and no address, except in the id of a shard that was given none.
 */
export interface InstanceSnapshot {
  /** The name of the instance; undefined for the one without a name. */
  readonly name: string | undefined;
  /** The version of this package. */
  readonly version: string;
  /** How the instance reaches Redis; `shards` for several servers. */
  readonly mode: RedisMode | 'shards';
  /** The namespaces: the root first. */
  readonly caches: readonly CacheSnapshot[];
  /** The fallback of the cache; undefined if it has none. */
  readonly fallback: FallbackSnapshot | undefined;
  /** The connection; undefined with shards. */
  readonly client: AdapterSnapshot | undefined;
  /** The shards; empty with one connection. */
  readonly shards: readonly ShardSnapshot[];
  /** The rate-limit policies that were used. */
  readonly policies: readonly PolicySnapshot[];
  /** The jobs of the scheduled cleanup; empty without one. */
  readonly cleanup: Readonly<Record<string, CleanupJobStatistics>>;
}
