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
import type { FeedSubscription, InvalidationFeed } from '../../../domain/entry-store.js';
import { capabilityOf } from '../shards/capability-of.js';
import type { GatedCalls } from './gated-calls.js';
import { gatedEntries } from './gated-entries.js';

/** The capabilities of the adapter of a shard, behind the gate. `viewOf` puts another view of the adapter behind the gate. */
export function gatedCapabilities(calls: GatedCalls, viewOf: (store: CacheStore) => CacheStore): StoreCapabilities {
  const { feed, expiringCreation } = calls.store.can ?? {};
  return Object.freeze<StoreCapabilities>({
    entries: gatedEntries(calls),
    feed: feed && gatedFeed(feed, calls),
    scripts: gatedScripts(calls),
    link: gatedLink(calls),
    keys: gatedKeys(calls),
    codec: gatedCodec(calls, viewOf),
    expiringCreation: expiringCreation && {
      incr: (key, amount, ttl) => calls.run((a) => capabilityOf(a, 'expiringCreation').incr(key, amount, ttl)),
      hset: (key, field, value, ttl) =>
        calls.run((a) => capabilityOf(a, 'expiringCreation').hset(key, field, value, ttl)),
    },
  });
}

/** While the server is not known to be the shard, the feed confirms no copies. */
function gatedFeed(feed: InvalidationFeed, calls: GatedCalls): InvalidationFeed {
  return {
    allowsCopies: feed.allowsCopies,
    subscribe: (rootPrefix, listener): FeedSubscription => {
      const subscription = feed.subscribe(rootPrefix, listener);
      return {
        get confirmedMs() {
          return calls.isOpen ? subscription.confirmedMs : -Infinity;
        },
        close: () => subscription.close(),
      };
    },
  };
}

function gatedScripts(calls: GatedCalls): ScriptHost {
  const { groupOf, atEndOfTick, sendNow } = capabilityOf(calls.store, 'scripts');
  return {
    groupOf,
    atEndOfTick,
    sendNow,
    run: (script, keys, args, call) => calls.run((a) => capabilityOf(a, 'scripts').run(script, keys, args, call)),
  };
}

/** Whoever asks which server it is learns it only of the right one. */
function gatedLink(calls: GatedCalls): StoreLink {
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

function gatedKeys(calls: GatedCalls): KeyScanner {
  const { store } = calls;
  async function* scan(options?: ScanOptions): AsyncGenerator<ScanBatch> {
    await calls.run(async () => {});
    yield* capabilityOf(store, 'keys').scan(options);
  }
  return {
    scan,
    removeAll: (prefix) => calls.run(async (a) => (await capabilityOf(a, 'keys').removeAll?.(prefix)) ?? 0),
  };
}

function gatedCodec(calls: GatedCalls, viewOf: (store: CacheStore) => CacheStore): CodecHost {
  const host = capabilityOf(calls.store, 'codec');
  return {
    types: host.types,
    with: (options, path) => viewOf(host.with(options, path)),
    bytes: (key) => calls.run((a) => capabilityOf(a, 'codec').bytes(key)),
  };
}
