import type { TypedEmitter } from '../../common/typed-emitter.js';
import type { CacheStore } from '../../domain/cache-store.js';
import type { LivePlacement } from './reshard/live-placement.js';
import type { Resharder } from './reshard/resharder.js';
import type { Shard } from './shards/shard.js';
import type { DeriveView, ShardViews } from './shards/shard-views.js';
import type { ShardedEvents } from './sharded-events.js';
import type { ResolvedShardedOptions } from './sharded-options.js';

/** What all views of a sharded cache share. */
export interface ShardedState {
  readonly options: ResolvedShardedOptions;
  readonly placement: LivePlacement;
  readonly resharder: Resharder;
  readonly events: TypedEmitter<ShardedEvents>;
  /** The newest version of any shard that was returned for all shards. */
  readonly newest: { version: number };
}

/** The shards as one view sees them. */
export class ShardedContext {
  constructor(
    readonly state: ShardedState,
    readonly views: ShardViews,
    readonly strict: boolean,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** True if the caller of this view has aborted its calls: the shards did not fail. */
  get isAborted(): boolean {
    return this.signal?.aborted === true;
  }

  /** The shards in use. While keys move, those before and after. */
  get shards(): readonly Shard[] {
    return this.state.placement.shards;
  }

  /** The key as it is stored: its slot decides the shard. */
  fullKey(key: string): string {
    return this.state.options.resolvedAdapter.keyPrefix + key;
  }

  /** The shard that owns a key. The key is without the prefix of the store. */
  ownerOf(key: string): Shard {
    return this.state.placement.routes.owner(this.fullKey(key));
  }

  /** The other shard that a change of the key removes it from while keys move. */
  otherOf(key: string): Shard | undefined {
    return this.state.placement.routes.other(this.fullKey(key));
  }

  /** The store of the shard that owns a key. */
  storeOf(key: string): CacheStore {
    return this.views.of(this.ownerOf(key));
  }

  /** The same shards with a further limit or another codec. */
  derive(next: DeriveView, strict = this.strict, signal = this.signal): ShardedContext {
    return new ShardedContext(this.state, this.views.with(next), strict, signal);
  }
}
