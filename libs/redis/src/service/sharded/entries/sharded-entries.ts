import type { CacheStore } from '../../../domain/cache-store.js';
import type { EntryStore, InvalidationStatus, TagVersion } from '../../../domain/entry-store.js';
import type { Decoded } from '../../../domain/value-codec.js';
import { ShardedChanges } from '../fan-out/sharded-changes.js';
import type { ShardedContext } from '../sharded-context.js';
import { capabilityOf } from '../shards/capability-of.js';
import { readEntries } from './entry-fan-out.js';
import { ShardedVersions } from './sharded-versions.js';

/**
 * The entries of all shards. The lease of a key and the versions that judge its value are on the shard of the key; an
 * invalidation of tags and a flush go to all shards.
 */
export function shardedEntries(context: ShardedContext): EntryStore {
  const changes = new ShardedChanges(context);
  const versions = new ShardedVersions(context);
  const entriesOf = (store: CacheStore): EntryStore => capabilityOf(store, 'entries');
  const of = (key: string): EntryStore => entriesOf(context.storeOf(key));
  const change = <T>(key: string, run: (entries: EntryStore) => Promise<T>): Promise<T> =>
    changes.change(key, (store) => run(entriesOf(store)));
  const decodes = context.shards.every(({ store }) => store.can?.entries?.decode !== undefined);
  return Object.freeze<EntryStore>({
    decode: decodes ? (key, encoded) => decodeBy(of(key), key, encoded) : undefined,
    read: (key, scope) => of(key).read(key, scope),
    readMany: (keys, scope) => readEntries(context, keys, scope),
    readValue: (key) => of(key).readValue(key),
    versions: (scope, key) => (key === undefined ? versions.combined(scope) : of(key).versions(scope)),
    now: (key) => of(key).now(key),
    tagVersions: (scope, tags, key): Promise<readonly TagVersion[]> =>
      key === undefined ? versions.combinedTags(scope, tags) : of(key).tagVersions(scope, tags),
    acquire: (key, lease) => of(key).acquire(key, lease),
    renew: (key, token, ttlMs) => of(key).renew(key, token, ttlMs),
    publish: (key, token, entry) => of(key).publish(key, token, entry),
    release: (key, token, failure) => of(key).release(key, token, failure),
    watch: (key, onSettled) => of(key).watch(key, onSettled),
    write: (key, entry) => change(key, (entries) => entries.write(key, entry)),
    writeMany: async (entries) => {
      await changes.changeMany('writeMany', entries, async (store, part) => {
        await entriesOf(store).writeMany(part);
        return part.length;
      });
    },
    remove: async (keys) => {
      let status: InvalidationStatus = 'applied';
      const journaled = (): void => void (status = 'journaled');
      const remove = async (store: CacheStore, part: readonly { readonly key: string }[]): Promise<number> => {
        const removal = await entriesOf(store).remove(part.map(({ key }) => key));
        if (removal.status === 'journaled') journaled();
        return removal.removed;
      };
      const removed = await changes.changeMany('remove', keyed(keys), remove, journaled);
      return { removed, status };
    },
    incr: (key, amount, ttlMs) => change(key, (entries) => entries.incr(key, amount, ttlMs)),
    hset: (key, field, value, ttlMs) => change(key, (entries) => entries.hset(key, field, value, ttlMs)),
    hdel: (key, fields) => change(key, (entries) => entries.hdel(key, fields)),
    expire: (key, ttlMs) => change(key, (entries) => entries.expire(key, ttlMs)),
    voidLeases: async (keys) => {
      await changes.changeMany('voidLeases', keyed(keys), async (store, part) => {
        await entriesOf(store).voidLeases(part.map(({ key }) => key));
        return part.length;
      });
    },
    raiseFloor: (scope, seen) => versions.raiseFloor(scope, seen),
    raiseFloorOnce: (scope, event, seen) => versions.raiseFloorOnce(scope, event, seen),
    invalidateTags: (scope, tags, options) => versions.invalidateTags(scope, tags, options),
    sweep: (scope, _floor, options) => versions.sweep(scope, options),
  });
}

function keyed(keys: readonly string[]): readonly { readonly key: string }[] {
  return keys.map((key) => ({ key }));
}

function decodeBy<T>(entries: EntryStore, key: string, encoded: Buffer): Decoded<T> | Promise<Decoded<T>> {
  const decoded = entries.decode?.<T>(key, encoded);
  if (decoded === undefined) throw new TypeError('the store of this shard keeps no encoded values');
  return decoded;
}
