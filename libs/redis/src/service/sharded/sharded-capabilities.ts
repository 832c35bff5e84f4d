import type {
  CacheStore,
  CodecHost,
  ExpiringCreation,
  KeyScanner,
  ScriptHost,
  StoreCapabilities,
} from '../../domain/cache-store.js';
import { checkKey } from '../../domain/models/cache-key.js';
import type { ShardGroup } from '../../domain/shard-group.js';
import { shardedEntries } from './entries/sharded-entries.js';
import { ShardedChanges } from './fan-out/sharded-changes.js';
import { requireOneShard } from './routing/cross-shard.js';
import type { ShardedContext } from './sharded-context.js';
import { capabilityOf } from './shards/capability-of.js';
import { groupFallback } from './shards/group-fallback.js';
import { ShardLink } from './shards/shard-link.js';
import { ShardScanner } from './shards/shard-scanner.js';

/** The capabilities of a sharded cache: those of its shards, routed by key. */
export function shardedCapabilities(
  context: ShardedContext,
  viewOf: (context: ShardedContext) => CacheStore,
): StoreCapabilities {
  return Object.freeze<StoreCapabilities>({
    shards: groupOf(context),
    entries: shardedEntries(context),
    scripts: scriptsOf(context),
    link: new ShardLink(context.state.placement),
    keys: keysOf(context),
    codec: codecOf(context, viewOf),
    expiringCreation: creationOf(context),
    fallback: groupFallback(context.state.placement),
  });
}

function groupOf(context: ShardedContext): ShardGroup {
  const { placement, events } = context.state;
  return {
    get ids() {
      return placement.shards.map(({ id }) => id);
    },
    shardOf: (key) => context.ownerOf(key).id,
    feedOf: (id) => placement.shards.find((shard) => shard.id === id)?.store.can?.feed,
    onMove: (handler) => placement.onChange(handler),
    onPartial: (handler) => events.on('partial', handler),
  };
}

function scriptsOf(context: ShardedContext): ScriptHost {
  return {
    groupOf: (key) => {
      const shard = context.ownerOf(key);
      const group = capabilityOf(shard.store, 'scripts').groupOf?.(key);
      return group === undefined ? shard.id : `${shard.id} ${group}`;
    },
    sendNow: () => {
      for (const { store } of context.shards) capabilityOf(store, 'scripts').sendNow?.();
    },
    run: async (script, keys, args, call) => {
      const shard = requireOneShard(context, keys);
      return capabilityOf(context.views.of(shard), 'scripts').run(script, keys, args, call);
    },
  };
}

function keysOf(context: ShardedContext): KeyScanner {
  const scanner = new ShardScanner(context);
  return {
    keyPrefix: scanner.keyPrefix,
    nodes: () => scanner.nodes(),
    scan: (options) => scanner.scan(options),
    removeAll: (prefix) => scanner.removeAll(prefix),
  };
}

function codecOf(context: ShardedContext, viewOf: (context: ShardedContext) => CacheStore): CodecHost {
  const [first] = context.shards;
  return {
    types: first === undefined ? undefined : capabilityOf(context.views.of(first), 'codec').types,
    with: (options, path) => viewOf(context.derive((store) => capabilityOf(store, 'codec').with(options, path))),
    bytes: async (key) => {
      checkKey(key);
      return capabilityOf(context.storeOf(key), 'codec').bytes(key);
    },
  };
}

function creationOf(context: ShardedContext): ExpiringCreation {
  const changes = new ShardedChanges(context);
  return {
    incr: async (key, amount, ttl) => {
      checkKey(key);
      return changes.change(key, (store) => capabilityOf(store, 'expiringCreation').incr(key, amount, ttl));
    },
    hset: async (key, field, value, ttl) => {
      checkKey(key);
      return changes.change(key, (store) => capabilityOf(store, 'expiringCreation').hset(key, field, value, ttl));
    },
  };
}
