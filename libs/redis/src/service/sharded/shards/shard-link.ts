import type { ServerIdentity, StoreLink } from '../../../domain/cache-store.js';
import type { LinkState } from '../../../domain/link-state.js';
import type { LivePlacement } from '../reshard/live-placement.js';

/** The states of a group, best first: the group is in the best state of its shards. */
const BEST_FIRST = ['up', 'connecting', 'down', 'misconfigured', 'closed'] as const satisfies readonly LinkState[];

/**
 * The connections of all shards as one link. It is `up` while one shard is: calls on its keys go through. `onChange`
 * reports each change of a shard, with the state of the group.
 */
export class ShardLink implements StoreLink {
  constructor(private readonly placement: LivePlacement) {}

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
    return this.placement.follow(({ store }) => store.can?.link?.onChange(() => handler(this.state)));
  }

  onLoss(handler: () => void): () => void {
    return this.placement.follow(({ store }) => store.can?.link?.onLoss(handler));
  }

  private get links(): readonly StoreLink[] {
    return this.placement.shards.map(({ store }) => store.can?.link).filter((link) => link !== undefined);
  }
}
