import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../domain/entry-store.js';
import type { FeedCoverage } from './copies/outage-copies.js';
import type { FallbackState } from './fallback-state.js';

/**
 * The feed of the primary store. What it reports also ends copies for an outage, and confirms the others: while it is up
 * to date, a copy is as new as the stored value.
 */
export function fallbackFeed(feed: InvalidationFeed, state: FallbackState): InvalidationFeed {
  return {
    allowsCopies: feed.allowsCopies,
    subscribe: (rootPrefix, listener) => {
      const { copies } = state;
      const coverage: FeedCoverage = { prefix: rootPrefix, sinceMs: Infinity, untilMs: -Infinity };
      // During a gap the last confirmed moment of the feed is not known, so it is recorded before.
      const observe = (): number => {
        const { confirmedMs } = subscription;
        coverage.untilMs = Math.max(coverage.untilMs, confirmedMs);
        return confirmedMs;
      };
      const onInvalidate: FeedListener['onInvalidate'] = (keys) => {
        if (keys === null) {
          copies.confirm(coverage);
          coverage.sinceMs = state.nowMs;
        } else state.drop(keys);
        listener.onInvalidate(keys);
      };
      const subscription = feed.subscribe(rootPrefix, { ...listener, onInvalidate });
      const uncover = copies.coverBy(coverage, observe);
      return subscriptionOf(observe, () => {
        uncover();
        subscription.close();
      });
    },
  };
}

function subscriptionOf(confirmedMs: () => number, close: () => void): FeedSubscription {
  return {
    get confirmedMs() {
      return confirmedMs();
    },
    close,
  };
}
