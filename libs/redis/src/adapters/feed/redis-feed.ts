import type { Clock } from '../../common/clock.js';
import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../domain/entry-store.js';
import { InternalKeys } from '../../domain/models/internal-keys.js';
import type { Scheduler } from '../resilience/scheduler.js';
import type { DataPath } from './data-path.js';
import { RootFeed } from './root-feed.js';

export interface RedisFeedParts {
  readonly path: DataPath;
  readonly keyPrefix: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/**
 * The feeds of an adapter on Redis, one for each root namespace. They are open while the adapter is connected, and
 * close with it.
 */
export class RedisFeed implements InvalidationFeed {
  readonly allowsCopies: boolean;
  private readonly roots = new Map<string, RootFeed>();
  private readonly keys: InternalKeys;

  constructor(private readonly parts: RedisFeedParts) {
    this.keys = new InternalKeys(parts.keyPrefix);
    this.allowsCopies = !parts.path.readsReplicas;
    parts.path.onChange(() => {
      for (const root of this.roots.values()) root.serversChanged();
    });
  }

  subscribe(rootPrefix: string, listener: FeedListener): FeedSubscription {
    let root = this.roots.get(rootPrefix);
    if (root === undefined) {
      root = new RootFeed({ ...this.parts, rootPrefix, versionPrefixes: this.keys.versionPrefixes(rootPrefix) });
      this.roots.set(rootPrefix, root);
    }
    return root.subscribe(listener);
  }
}
