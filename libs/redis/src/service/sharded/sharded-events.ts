import type { AdapterEvents } from '../../adapters/redis/adapter-events.js';
import type { FallbackEvents } from '../../domain/store-fallback.js';

/** What became of a `clear()` on one shard. */
export interface ShardClear {
  /** How many keys existed. 0 unless it is `applied`. */
  readonly removed: number;
  /** `journaled`: the shard is unavailable, and is cleared when it returns. `failed`: it is not cleared. */
  readonly status: 'applied' | 'journaled' | 'failed';
}

/** Events of one shard, with its id. */
export type WithShard<Events> = {
  [E in keyof Events]: Events[E] & {
    /** The id of the shard. */
    readonly shard: string;
  };
};

/** The events of a `ShardedCache`: those of each shard with its id, and those of all shards. */
export interface ShardedEvents extends WithShard<AdapterEvents>, WithShard<Omit<FallbackEvents, 'unverified'>> {
  /** The server of this shard does not report its identity, so a restart with old data is not detected. */
  unverified: { readonly shard: string };
  /**
   * These shards did not answer a call on several keys. Their keys are missing in its result, or copies of the
   * fallback.
   */
  partial: { readonly operation: string; readonly shards: readonly string[] };
  /** The server of this shard had no stamp and has one now: it is new, or has lost its data. */
  unstamped: { readonly shard: string };
  /**
   * The server of this shard is not used, because of its stamp. `other-shard`: it is the shard `stamped`; undefined if
   * its stamp is not readable. `other-topology`: its keys were placed with other shards or weights. `other-phase`: its
   * keys are moved by `reshard()`, and this process is in a phase that may not run any more, or not yet.
   */
  'out-of-service': {
    readonly shard: string;
    readonly reason: 'other-shard' | 'other-topology' | 'other-phase';
    readonly stamped: string | undefined;
  };
  /** The server of this shard is used again after `out-of-service`. */
  'in-service': { readonly shard: string };
  /**
   * These shards, more than half of all, became unavailable within seconds. Their servers are independent, so the network
   * of this process is the more likely cause.
   */
  'local-network-suspected': { readonly shards: readonly string[] };
  /** This process has entered a phase of `reshard()`, and uses these shards. */
  phase: { readonly phase: 1 | 2 | 3; readonly shards: readonly string[] };
  /**
   * `reshard()` could not remove the keys of a shard that is not used any more. Empty the server before it is used again.
   */
  leftovers: { readonly shard: string };
  /** `clear()` has ended on all shards. `shards` reports each by its id. */
  cleared: { readonly shards: Readonly<Record<string, ShardClear>> };
}
