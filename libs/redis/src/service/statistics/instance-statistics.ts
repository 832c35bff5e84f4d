import type { AdapterSnapshot } from '../../adapters/redis/adapter-snapshot.js';
import { PACKAGE_VERSION } from '../../common/package-version.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { CacheStore } from '../../domain/cache-store.js';
import type { PolicySnapshot } from '../../rate-limiter/statistics/limiter-snapshot.js';
import type { CacheSnapshot } from '../cache/statistics/cache-snapshot.js';
import type { ShardSnapshot } from '../sharded/shards/shard-snapshot.js';
import type { CleanupStatisticsSource } from './cleanup-statistics.js';
import type { FallbackSnapshot, InstanceSnapshot } from './instance-snapshot.js';

/** The parts of an instance. Tests may replace each by an object without statistics. */
export interface StatisticsParts {
  readonly name: string | undefined;
  readonly adapter: { readonly mode?: RedisMode; snapshot?(): AdapterSnapshot } | undefined;
  readonly sharded: { snapshots?(): readonly ShardSnapshot[] } | undefined;
  readonly cache: { readonly store?: CacheStore; snapshots?(): readonly CacheSnapshot[] };
  readonly limiter: { snapshots?(): readonly PolicySnapshot[] };
  /** Undefined without a scheduled cleanup. */
  readonly cleanup?: Partial<CleanupStatisticsSource> | undefined;
}

/**
 * Where exporters read the statistics of one instance: Prometheus, OpenTelemetry and the command line. The components
 * count in plain fields; nothing is computed until `snapshot()`. It sends no command.
 * @see docs/decisions/0057-metrics-are-read-from-plain-counts.md
 */
export class InstanceStatistics {
  constructor(private readonly parts: StatisticsParts) {}

  /** The statistics now. */
  snapshot(): InstanceSnapshot {
    const { name, adapter, sharded, cache, limiter, cleanup } = this.parts;
    return {
      name,
      version: PACKAGE_VERSION,
      mode: sharded === undefined ? (adapter?.mode ?? 'memory') : 'shards',
      caches: cache.snapshots?.() ?? [],
      fallback: this.fallback(),
      client: adapter?.snapshot?.(),
      shards: sharded?.snapshots?.() ?? [],
      policies: limiter.snapshots?.() ?? [],
      cleanup: cleanup?.stats?.() ?? {},
    };
  }

  private fallback(): FallbackSnapshot | undefined {
    const fallback = this.parts.cache.store?.can?.fallback;
    if (fallback === undefined) return undefined;
    const { active, journal } = fallback.status();
    return { active, journal, degradedMs: fallback.degradedMs() };
  }
}
