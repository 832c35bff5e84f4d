import type { EntryStore, StoredRead, VersionScope } from '../../../domain/entry-store.js';
import { readValues } from '../entries/read-values.js';
import type { ShardOutcome } from '../shards/shard-snapshot.js';
import type { GuardedCalls } from './guarded-calls.js';

/** The entries of a shard, which are used only if its server carries the stamp of the shard. */
export function guardedEntries(calls: GuardedCalls): EntryStore {
  const { entries } = calls;
  const { found, failed } = calls.options.statistics;
  return Object.freeze<EntryStore>({
    decode: entries.decode?.bind(entries),
    // Without a closure and without a check of the reply: a fallback does not use a reply from before a loss.
    read: <T>(key: string, scope: VersionScope) =>
      calls.isOpen
        ? entries.read<T>(key, scope).then(found, failed)
        : calls.runEntries((e) => e.read<T>(key, scope), outcomeOf),
    readValue: <T>(key: string) =>
      calls.isOpen
        ? entries.readValue<T>(key).then(found, failed)
        : calls.runEntries((e) => e.readValue<T>(key), outcomeOf),
    readValues: (keys) => calls.runEntries((e) => readValues(e, keys)),
    readMany: (keys, scope) => calls.runEntries((e) => e.readMany(keys, scope)),
    versions: (scope) => calls.runEntries((e) => e.versions(scope)),
    now: (key) => calls.runEntries((e) => e.now(key)),
    tagVersions: (scope, tags) => calls.runEntries((e) => e.tagVersions(scope, tags)),
    acquire: (key, lease) => calls.runEntries((e) => e.acquire(key, lease)),
    renew: (key, token, ttlMs) => calls.runEntries((e) => e.renew(key, token, ttlMs)),
    publish: (key, token, entry) => calls.runEntries((e) => e.publish(key, token, entry)),
    release: (key, token, failure) => calls.runEntries((e) => e.release(key, token, failure)),
    watch: (key, onSettled) => calls.runEntries((e) => e.watch(key, onSettled)),
    write: (key, entry) => calls.runEntries((e) => e.write(key, entry)),
    writeMany: (writes) => calls.runEntries((e) => e.writeMany(writes)),
    remove: (keys) => calls.runEntries((e) => e.remove(keys)),
    incr: (key, amount, ttlMs) => calls.runEntries((e) => e.incr(key, amount, ttlMs)),
    hset: (key, field, value, ttlMs) => calls.runEntries((e) => e.hset(key, field, value, ttlMs)),
    hdel: (key, fields) => calls.runEntries((e) => e.hdel(key, fields)),
    expire: (key, ttlMs) => calls.runEntries((e) => e.expire(key, ttlMs)),
    voidLeases: (keys) => calls.runEntries((e) => e.voidLeases(keys)),
    raiseFloor: (scope, seen) => calls.runEntries((e) => e.raiseFloor(scope, seen)),
    raiseFloorOnce: (scope, event, seen) => calls.runEntries((e) => e.raiseFloorOnce(scope, event, seen)),
    invalidateTags: (scope, tags, options) => calls.runEntries((e) => e.invalidateTags(scope, tags, options)),
    sweep: (scope, floor, options) => calls.runEntries((e) => e.sweep(scope, floor, options)),
  });
}

function outcomeOf({ stored }: Pick<StoredRead<unknown>, 'stored'>): ShardOutcome {
  return stored === undefined ? 'miss' : 'hit';
}
