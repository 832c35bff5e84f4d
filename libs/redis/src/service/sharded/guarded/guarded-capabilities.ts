import type {
  CacheStore,
  CodecHost,
  KeyScanner,
  ScanBatch,
  ScanOptions,
  ScriptHost,
  StoreCapabilities,
  StoreLink,
} from '../../../domain/cache-store.js';
import { MAX_UNCONFIRMED_MS, type FeedSubscription, type InvalidationFeed } from '../../../domain/entry-store.js';
import { capabilityOf } from '../shards/capability-of.js';
import type { GuardedCalls } from './guarded-calls.js';
import { guardedEntries } from './guarded-entries.js';

/** The capabilities of the adapter of a shard, used after the check of its stamp. `viewOf` does that for another view. */
export function guardedCapabilities(calls: GuardedCalls, viewOf: (store: CacheStore) => CacheStore): StoreCapabilities {
  const { feed, expiringCreation } = calls.store.can ?? {};
  return Object.freeze<StoreCapabilities>({
    entries: guardedEntries(calls),
    feed: feed && guardedFeed(feed, calls),
    scripts: guardedScripts(calls),
    link: guardedLink(calls),
    keys: guardedKeys(calls),
    codec: guardedCodec(calls, viewOf),
    expiringCreation: expiringCreation && {
      incr: (key, amount, ttl) => calls.run((store) => capabilityOf(store, 'expiringCreation').incr(key, amount, ttl)),
      hset: (key, field, value, ttl) =>
        calls.run((store) => capabilityOf(store, 'expiringCreation').hset(key, field, value, ttl)),
    },
  });
}

/**
 * While the server is not known to be the shard, the feed confirms no copies. A copy is used for `MAX_UNCONFIRMED_MS` after
 * the confirmed moment, so that moment is that long before the end of the permission.
 */
function guardedFeed(feed: InvalidationFeed, calls: GuardedCalls): InvalidationFeed {
  return {
    allowsCopies: feed.allowsCopies,
    subscribe: (rootPrefix, listener): FeedSubscription => {
      const { guard } = calls.options;
      const subscription = feed.subscribe(rootPrefix, listener);
      const unsubscribe = guard.onClose(() => listener.onConfirmed());
      return {
        get confirmedMs() {
          return Math.min(subscription.confirmedMs, guard.permittedUntilMs - MAX_UNCONFIRMED_MS);
        },
        close: () => {
          unsubscribe();
          subscription.close();
        },
      };
    },
  };
}

function guardedScripts(calls: GuardedCalls): ScriptHost {
  const host = capabilityOf(calls.store, 'scripts');
  return {
    groupOf: host.groupOf?.bind(host),
    atEndOfTick: host.atEndOfTick?.bind(host),
    sendNow: host.sendNow?.bind(host),
    run: (script, keys, args, call) =>
      calls.isOpen || call === undefined
        ? calls.run((store) => capabilityOf(store, 'scripts').run(script, keys, args, call))
        : calls.with(call).run((store) => capabilityOf(store, 'scripts').run(script, keys, args)),
  };
}

/** Reports the identity of the server only after the check of its stamp: a recovery waits for it. */
function guardedLink(calls: GuardedCalls): StoreLink {
  const link = capabilityOf(calls.store, 'link');
  return {
    get state() {
      return link.state;
    },
    tier: link.tier,
    identities: () => calls.run(() => link.identities()),
    onChange: (handler) => link.onChange(handler),
    onLoss: (handler) => link.onLoss(handler),
  };
}

function guardedKeys(calls: GuardedCalls): KeyScanner {
  const { store } = calls;
  const checked = (): Promise<void> => calls.run(async () => {});
  async function* scan(options?: ScanOptions): AsyncGenerator<ScanBatch> {
    await checked();
    for await (const batch of capabilityOf(store, 'keys').scan(options)) {
      // A connection may have been lost since the last step.
      await checked();
      yield batch;
    }
  }
  return {
    keyPrefix: capabilityOf(store, 'keys').keyPrefix,
    nodes: () => calls.run(async (each) => (await capabilityOf(each, 'keys').nodes?.()) ?? []),
    scan,
    removeAll: (prefix) => calls.run(async (each) => (await capabilityOf(each, 'keys').removeAll?.(prefix)) ?? 0),
  };
}

function guardedCodec(calls: GuardedCalls, viewOf: (store: CacheStore) => CacheStore): CodecHost {
  const host = capabilityOf(calls.store, 'codec');
  return {
    types: host.types,
    with: (options, path) => viewOf(host.with(options, path)),
    bytes: (key) => calls.run((store) => capabilityOf(store, 'codec').bytes(key)),
  };
}
