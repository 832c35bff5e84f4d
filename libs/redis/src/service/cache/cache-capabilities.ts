import type {
  CacheStore,
  CodecHost,
  ExpiringCreation,
  KeyScanner,
  ScanBatch,
  ScanOptions,
  ScriptHost,
  StoreCapabilities,
} from '../../domain/cache-store.js';
import { ttlMs } from '../../domain/models/time-to-live.js';
import type { ShardGroup } from '../../domain/shard-group.js';
import type { CacheContext } from './cache-context.js';
import { entriesInNamespace } from './namespaced-entries.js';

/** The capabilities of a cache: those of its store, with keys of the namespace. What changes a key ends its lease. */
export function cacheCapabilities(
  context: CacheContext,
  viewOf: (context: CacheContext) => CacheStore,
): StoreCapabilities {
  const { link, keys, scripts, codec, expiringCreation, health, shards } = context.store.can ?? {};
  return Object.freeze<StoreCapabilities>({
    entries: context.hasEntries ? entriesInNamespace(context) : undefined,
    link,
    health,
    keys: keys && {
      keyPrefix: context.namespaceState.prefix,
      ...(keys.nodes === undefined ? {} : { nodes: keys.nodes.bind(keys) }),
      scan: (options) => scanNamespace(context, keys, options),
    },
    scripts: scripts && scriptsOf(context, scripts),
    codec: codec && codecOf(context, codec, viewOf),
    expiringCreation: expiringCreation && expiringCreationOf(context),
    shards: shards && shardsOf(context, shards),
  });
}

/** Yields the keys of the namespace, without those of the namespaces inside it, which this cache cannot read. */
async function* scanNamespace(
  { namespaceState: space }: CacheContext,
  scanner: KeyScanner,
  options: ScanOptions = {},
): AsyncGenerator<ScanBatch> {
  const { prefix = '' } = options;
  for await (const batch of scanner.scan({ ...options, prefix: space.scanPrefix(prefix) })) {
    const keys = batch.keys.map((stored) => space.keyOf(stored)).filter((key) => key !== undefined);
    yield { ...batch, keys: keys.filter((key) => key.startsWith(prefix)) };
  }
}

/** A cache reports no changes, so its shards have no feeds. */
function shardsOf({ namespaceState: space }: CacheContext, group: ShardGroup): ShardGroup {
  return {
    get ids() {
      return group.ids;
    },
    shardOf: (key) => group.shardOf(space.locate(key)),
    feedOf: () => undefined,
    onMove: (handler) => group.onMove(handler),
    onPartial: (handler) => group.onPartial(handler),
  };
}

function scriptsOf({ namespaceState: space, engine, entries }: CacheContext, host: ScriptHost): ScriptHost {
  return {
    groupOf: (key) => host.groupOf?.(space.locate(key)) ?? 0,
    atEndOfTick: (work) => (host.atEndOfTick === undefined ? void setImmediate(work) : host.atEndOfTick(work)),
    sendNow: () => host.sendNow?.(),
    run: async (script, keys, args, call) => {
      const located = keys.map((key) => space.locate(key));
      return engine.change(located, async () => {
        const result = await host.run(script, located, args, call);
        // The script may have changed its keys.
        await entries.voidLeases(located);
        return result;
      });
    },
  };
}

function codecOf(context: CacheContext, host: CodecHost, viewOf: (context: CacheContext) => CacheStore): CodecHost {
  return {
    types: host.types,
    with: (options, path) => viewOf(context.withCodec(options, path)),
    bytes: async (key) => host.bytes(context.namespaceState.locate(key)),
  };
}

function expiringCreationOf({ namespaceState: space, engine, entries }: CacheContext): ExpiringCreation {
  const change = async <T>(key: string, run: (located: string) => Promise<T>): Promise<T> => {
    const located = space.locate(key);
    return engine.change([located], () => run(located));
  };
  return {
    incr: (key, amount, ttl) => change(key, (located) => entries.incr(located, amount, ttlMs(ttl))),
    hset: (key, field, value, ttl) => change(key, (located) => entries.hset(located, field, value, ttlMs(ttl))),
  };
}
