import type { CacheStore } from '../../../domain/cache-store.js';
import type { Shard } from './shard.js';

/** Derives the view of a store that has the limits or the codec of a call. */
export type DeriveView = (store: CacheStore) => CacheStore;

/** The stores of all shards as one view sees them. The view of a shard is created on first use. */
export class ShardViews {
  private views: Map<Shard, CacheStore> | undefined;

  constructor(private readonly derive?: DeriveView) {}

  of(shard: Shard): CacheStore {
    if (this.derive === undefined) return shard.store;
    this.views ??= new Map();
    let view = this.views.get(shard);
    if (view === undefined) this.views.set(shard, (view = this.derive(shard.store)));
    return view;
  }

  /** The same stores with a further limit or another codec. */
  with(next: DeriveView): ShardViews {
    const { derive } = this;
    return new ShardViews(derive === undefined ? next : (store) => next(derive(store)));
  }
}
