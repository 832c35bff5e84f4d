import { RedisAdapter } from '../../../adapters/redis.adapter.js';
import type { AdapterStatus } from '../../../adapters/redis/adapter-status.js';
import { EmbeddedStore } from '../../../adapters/redis/embedded.store.js';
import { StoreView } from '../../../adapters/store.adapter.js';
import type { Environment } from '../../../common/time/environment.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { FallbackCache } from '../../fallback/fallback.cache.js';
import type { FallbackOptions } from '../../fallback/fallback-options.js';
import { GuardedStore } from '../guarded/guarded.store.js';
import type { ShardedEvents } from '../sharded-events.js';
import type { ResolvedShardedOptions } from '../sharded-options.js';
import { MemoryStamps, ServerStamps, type ShardStamps } from '../stamps/shard-stamps.js';
import { StampGuard, type PlacementSource } from '../stamps/stamp.guard.js';
import { forwardEvents } from './shard-events.js';
import type { ShardSnapshot } from './shard-snapshot.js';
import { ShardStatistics } from './shard.statistics.js';
import type { ResolvedShard } from './shard-options.js';

export interface ShardParts {
  readonly options: ResolvedShardedOptions;
  /** What the guard of the shard judges its stamp by. */
  readonly placement: PlacementSource;
  readonly events: TypedEmitter<ShardedEvents>;
  readonly environment: Environment;
}

/** One shard: a server with connections, circuits, a fallback and a journal of its own. */
export class Shard {
  readonly id: string;
  /** The values of the shard: behind its guard, and with its fallback if it has one. */
  readonly store: CacheStore;
  /** What the shard carries beside its keys. */
  readonly stamps: ShardStamps;
  private readonly statistics = new ShardStatistics();
  private readonly adapter: RedisAdapter;
  /** Undefined for the embedded store, which no other process has stamped, and which is never unavailable. */
  private readonly guard: StampGuard | undefined;

  constructor(shard: ResolvedShard, parts: ShardParts) {
    const { id, config } = shard;
    const { events } = parts;
    this.id = id;
    this.adapter = openAdapter(shard, parts);
    this.stamps = config.mode === 'memory' ? new MemoryStamps() : new ServerStamps(this.adapter);
    this.guard = config.mode === 'memory' ? undefined : createGuard(shard, this.adapter, this.stamps, parts);
    this.store =
      this.guard === undefined
        ? this.adapter
        : withFallback(id, guarded(this.adapter, this.guard, this.statistics, parts), parts);
    forwardEvents({ id, adapter: this.adapter, fallback: this.store.can?.fallback, events });
  }

  /** The server without guard and fallback: a reshard must know whether a command has run. */
  get direct(): CacheStore {
    return this.adapter;
  }

  /** Checks the server by the placement that this process has from now on. */
  async rejudge(): Promise<void> {
    await this.guard?.rejudge();
  }

  snapshot(share: number): ShardSnapshot {
    const snapshot = this.adapter.snapshot();
    return { ...snapshot, status: this.status(), id: this.id, share, operations: this.statistics.snapshot() };
  }

  status(): AdapterStatus {
    const status = this.adapter.status();
    return this.guard?.isRefused === true && status.state === 'up' ? { ...status, state: 'misconfigured' } : status;
  }
}

function openAdapter({ config }: ResolvedShard, { options, environment }: ShardParts): RedisAdapter {
  if (config.mode !== 'memory') return new RedisAdapter(config, options.adapter);
  const store = new EmbeddedStore(options.resolvedAdapter, environment.clock);
  return new RedisAdapter(new StoreView(store, store.context));
}

function createGuard(
  { id, config }: ResolvedShard,
  adapter: RedisAdapter,
  stamps: ShardStamps,
  { options, placement, events, environment: { clock, timers } }: ShardParts,
): StampGuard {
  return new StampGuard({
    id,
    adapter,
    stamps,
    isPool: config.mode !== 'cluster' && config.poolSize > 1,
    placement,
    topologyChange: options.topologyChange,
    clock,
    timers,
    listener: {
      unstamped: () => events.emit('unstamped', { shard: id }),
      refused: (reason, stamped) => events.emit('out-of-service', { shard: id, reason, stamped }),
      accepted: () => events.emit('in-service', { shard: id }),
    },
  });
}

function guarded(
  store: RedisAdapter,
  guard: StampGuard,
  statistics: ShardStatistics,
  { options, environment }: ShardParts,
): GuardedStore {
  const { deadlineMs } = options.resolvedAdapter.resilience;
  return new GuardedStore({ store, guard, statistics, deadlineMs, environment });
}

function withFallback(id: string, store: GuardedStore, { options, environment }: ShardParts): CacheStore {
  const { onShardDown, fallback } = options;
  if (onShardDown !== 'fallback') return store;
  return new FallbackCache(store, ownFallback(fallback, id), { path: 'fallback', environment });
}

/** A journal is the file of one store. */
function ownFallback(fallback: FallbackOptions, id: string): FallbackOptions {
  const { journalFile } = fallback;
  return journalFile === undefined
    ? fallback
    : { ...fallback, journalFile: `${journalFile}.${encodeURIComponent(id)}` };
}
