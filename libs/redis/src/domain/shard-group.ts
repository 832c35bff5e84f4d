import type { InvalidationFeed } from './entry-store.js';

/** The shards of a store. Each has versions, leases, a clock and a feed of its own. */
export interface ShardGroup {
  /** The ids of the shards in use. `reshard()` changes them. */
  readonly ids: readonly string[];
  /** The id of the shard that a key is on. The key is without the store's prefix. */
  shardOf(key: string): string;
  /** The feed of a shard; undefined if it has none. */
  feedOf(id: string): InvalidationFeed | undefined;
  /**
   * Calls the handler each time keys have other shards than before: what is known of a key by its shard is not valid any
   * more. The returned function unsubscribes it.
   */
  onMove(handler: () => void): () => void;
  /**
   * Calls the handler when a call on several keys did not get an answer of these shards. The returned function
   * unsubscribes it.
   */
  onPartial(handler: (event: { readonly shards: readonly string[] }) => void): () => void;
}
