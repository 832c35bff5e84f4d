import type { Timers } from '../../src/common/time/timers.js';
import { TypedEmitter } from '../../src/common/typed-emitter.js';
import type { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import { GuardedStore } from '../../src/service/sharded/guarded/guarded.store.js';
import { ShardStatistics } from '../../src/service/sharded/shards/shard.statistics.js';
import { LivePlacement } from '../../src/service/sharded/reshard/live-placement.js';
import { Resharder } from '../../src/service/sharded/reshard/resharder.js';
import { ShardedContext } from '../../src/service/sharded/sharded-context.js';
import { resolveShardedOptions } from '../../src/service/sharded/sharded-options.js';
import type { ShardedEvents } from '../../src/service/sharded/sharded-events.js';
import { ShardedCache } from '../../src/service/sharded/sharded.cache.js';
import { resolveShards, type ResolvedShard } from '../../src/service/sharded/shards/shard-options.js';
import { ShardViews } from '../../src/service/sharded/shards/shard-views.js';
import type { Shard } from '../../src/service/sharded/shards/shard.js';
import { StampGuard, type PlacementSource } from '../../src/service/sharded/stamps/stamp.guard.js';
import { VirtualProcess } from '../cache-engine/simulation/virtual-process.js';
import type { VirtualScheduler } from '../cache-engine/simulation/virtual-scheduler.js';
import { ModelNetwork, type ModelStamps } from './model-network.js';

export const PREFIX = 'p:';
const OPTIONS = resolveShardedOptions({ keyPrefix: PREFIX, onShardDown: 'error' });
const DEADLINE_MS = OPTIONS.resolvedAdapter.resilience.deadlineMs;

/** The shards before and after the move. */
export const BEFORE = listOf(['s0', 's1']);
export const AFTER = listOf(['s0', 's1', 's2']);

/** A server of the model. */
export interface ModelServer {
  readonly data: MemoryAdapter;
  readonly stamps: ModelStamps;
}

/** What a history leaves out, to show that the checker finds it. */
export interface ModelFaults {
  /** Processes do not read stamps: none is refused. */
  readonly isUnguarded?: boolean;
  /** A phase begins without the time in which the phase before the last one ends everywhere. */
  readonly hasNoGrace?: boolean;
}

/** A process with a real ShardedCache, whose servers, network and time are virtual. */
export class ModelProcess {
  readonly virtual: VirtualProcess;
  readonly cache: ShardedCache;
  readonly placement: LivePlacement;

  constructor(
    name: string,
    scheduler: VirtualScheduler,
    private readonly servers: ReadonlyMap<string, ModelServer>,
    private readonly faults: ModelFaults,
    list: readonly ResolvedShard[] = BEFORE,
  ) {
    this.virtual = new VirtualProcess(name, scheduler);
    const events = new TypedEmitter<ShardedEvents>();
    const timers = faults.hasNoGrace === true ? immediate(this.virtual.timers) : this.virtual.timers;
    this.placement = new LivePlacement({
      shards: list,
      locator: 'slots',
      create: (shard, source) => this.shardOf(shard.id, source),
    });
    const resharder = new Resharder({ placement: this.placement, options: OPTIONS, events, timers });
    const state = { options: OPTIONS, placement: this.placement, resharder, events, newest: { version: 0 } };
    this.cache = new ShardedCache(new ShardedContext(state, new ShardViews(), false, undefined));
  }

  get isAlive(): boolean {
    return this.virtual.state !== 'killed';
  }

  /** Enters a phase of the move from `BEFORE` to `AFTER`; 0 is the way back. */
  async enter(position: number): Promise<void> {
    const { lists } = this.placement;
    const isForward = lists.before.length === BEFORE.length;
    if (position === 0) return this.cache.reshard(configs(BEFORE), { phase: 3 });
    if (position === 3) return this.cache.reshard(configs(AFTER), { phase: 3 });
    const phase = (isForward ? position : 3 - position) === 1 ? 1 : 2;
    return this.cache.reshard(configs(isForward ? AFTER : BEFORE), { phase });
  }

  private shardOf(id: string, placement: PlacementSource): Shard {
    const server = this.servers.get(id);
    if (server === undefined) throw new RangeError(`there is no server ${id}`);
    const network = new ModelNetwork(this.virtual);
    const direct = network.storeOf(server.data);
    const stamps = network.stampsOf(server.stamps);
    const { clock, timers, scheduler } = this.virtual;
    const guard = new StampGuard({
      id,
      adapter: direct,
      stamps,
      isPool: false,
      placement,
      topologyChange: 'refuse',
      clock,
      timers,
      listener: { unstamped: () => {}, refused: () => {}, accepted: () => {} },
    });
    const environment = { clock, timers, random: () => scheduler.random.below(1000) / 1000 };
    const guarded = new GuardedStore({
      store: direct,
      guard,
      statistics: new ShardStatistics(),
      deadlineMs: DEADLINE_MS,
      environment,
    });
    const store = this.faults.isUnguarded === true ? direct : guarded;
    const rejudge = this.faults.isUnguarded === true ? async () => {} : () => guard.rejudge();
    return { id, store, direct, stamps, rejudge } as unknown as Shard;
  }
}

function immediate(timers: Timers): Timers {
  return { ...timers, after: (_, work) => timers.after(0, work) };
}

function listOf(ids: readonly string[]): readonly ResolvedShard[] {
  return resolveShards(ids.map((id) => ({ id, connection: 'redis://127.0.0.1:1' })));
}

function configs(list: readonly ResolvedShard[]): { id: string; connection: string }[] {
  return list.map(({ id }) => ({ id, connection: 'redis://127.0.0.1:1' }));
}
