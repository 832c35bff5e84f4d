import type { LinkState, ServerIdentity, StoreLink } from '../../../domain/cache-store.js';
import type { Shard } from './shard.js';

/** The states of a group, best first: the group is in the best state of its shards. */
const BEST_FIRST = ['up', 'connecting', 'down', 'misconfigured', 'closed'] as const satisfies readonly LinkState[];

/**
 * The connections of all shards as one link. It is `up` while one shard is: calls on its keys go through. `onChange`
 * reports each change of a shard, with the state of the group.
 */
export class ShardLink implements StoreLink {
  private readonly links: readonly StoreLink[];

  constructor(shards: readonly Shard[]) {
    this.links = shards.map(({ store }) => store.can?.link).filter((link) => link !== undefined);
  }

  get tier(): 'redis' | 'memory' {
    return this.links.every(({ tier }) => tier === 'memory') ? 'memory' : 'redis';
  }

  get state(): LinkState {
    return BEST_FIRST.find((state) => this.links.some((link) => link.state === state)) ?? 'closed';
  }

  async identities(): Promise<readonly ServerIdentity[]> {
    const identities = await Promise.all(this.links.map((link) => link.identities()));
    return identities.every((ofShard) => ofShard.length > 0) ? identities.flat() : [];
  }

  onChange(handler: (state: LinkState) => void): () => void {
    return all(this.links.map((link) => link.onChange(() => handler(this.state))));
  }

  onLoss(handler: () => void): () => void {
    return all(this.links.map((link) => link.onLoss(handler)));
  }
}

function all(unsubscribes: readonly (() => void)[]): () => void {
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}
