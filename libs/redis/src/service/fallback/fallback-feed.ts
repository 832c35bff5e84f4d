import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../domain/entry-store.js';
import type { FallbackState } from './fallback-state.js';

/**
 * The feed of the primary store. What it reports also ends copies for an outage, and confirms the others: while it is up
 * to date, a copy is as new as the stored value.
 */
export function fallbackFeed(feed: InvalidationFeed, state: FallbackState): InvalidationFeed {
  return {
    allowsCopies: feed.allowsCopies,
    subscribe: (rootPrefix, listener) => {
      let completeSinceMs = Infinity;
      const onInvalidate: FeedListener['onInvalidate'] = (keys) => {
        if (keys === null) {
          const { confirmedMs } = subscription;
          if (confirmedMs > completeSinceMs) state.copies.confirmSince(completeSinceMs, confirmedMs);
          completeSinceMs = state.nowMs;
        } else state.drop(keys);
        listener.onInvalidate(keys);
      };
      const subscription: FeedSubscription = feed.subscribe(rootPrefix, { ...listener, onInvalidate });
      return subscription;
    },
  };
}
