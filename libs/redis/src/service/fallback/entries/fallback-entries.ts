import type { EntryStore } from '../../../domain/entry-store.js';
import { FallbackChanges } from './fallback-changes.js';
import { FallbackLoads } from './fallback-loads.js';
import { FallbackReads } from './fallback-reads.js';
import type { FallbackEntriesParts } from './primary-access.js';

/**
 * The entries of the primary store, with an answer for most calls while it is unavailable: reads come from copies,
 * changes go into the journal, and loads get leases of this process.
 */
export function fallbackEntries(parts: FallbackEntriesParts): EntryStore {
  const { primary } = parts;
  const reads = new FallbackReads(parts);
  const loads = new FallbackLoads(parts);
  const changes = new FallbackChanges(parts);
  return Object.freeze<EntryStore>({
    decode: primary.decode?.bind(primary),
    read: (key, scope) => reads.read(key, scope),
    readMany: (keys, scope) => reads.readMany(keys, scope),
    readValue: (key) => reads.readValue(key),
    readValues: (keys) => reads.readValues(keys),
    versions: (scope) => reads.versions(scope),
    now: (key) => reads.now(key),
    tagVersions: (scope, tags) => reads.tagVersions(scope, tags),
    acquire: (key, lease) => loads.acquire(key, lease),
    renew: (key, token, ttlMs) => loads.renew(key, token, ttlMs),
    publish: (key, token, entry) => loads.publish(key, token, entry),
    release: (key, token, failure) => loads.release(key, token, failure),
    watch: (key, onSettled) => primary.watch(key, onSettled),
    write: (key, entry) => changes.write(key, entry),
    writeMany: (entries) => changes.writeMany(entries),
    remove: (keys) => changes.remove(keys),
    incr: (key, amount, ttlMs) => changes.incr(key, amount, ttlMs),
    hset: (key, field, value, ttlMs) => changes.hset(key, field, value, ttlMs),
    hdel: (key, fields) => changes.hdel(key, fields),
    expire: (key, ttlMs) => changes.expire(key, ttlMs),
    voidLeases: (keys) => changes.voidLeases(keys),
    raiseFloor: (scope, seen) => changes.raiseFloor(scope, seen),
    raiseFloorOnce: (scope, event, seen) => primary.raiseFloorOnce(scope, event, seen),
    invalidateTags: (scope, tags, options) => changes.invalidateTags(scope, tags, options),
    sweep: (scope, floor, options) => changes.sweep(scope, floor, options),
  });
}
