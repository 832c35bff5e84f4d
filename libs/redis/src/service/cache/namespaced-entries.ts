import type { EntryStore, VersionScope } from '../../domain/entry-store.js';
import type { CacheContext } from './cache-context.js';

/**
 * The entries of a cache as a store: keys and versions are inside its namespace, so that a flush of the cache also
 * invalidates the entries of a cache on top of it.
 */
export function entriesInNamespace({ entries, namespaceState: space, scope: own, engine }: CacheContext): EntryStore {
  const inside = ({ prefixes }: VersionScope): VersionScope => {
    const [first, ...rest] = own.prefixes;
    return { prefixes: [first, ...rest, ...prefixes.map((prefix) => space.prefix + prefix)] };
  };
  const change = async <T>(keys: readonly string[], run: (located: readonly string[]) => Promise<T>): Promise<T> => {
    const located = keys.map((key) => space.locate(key));
    return engine.change(located, () => run(located));
  };
  const changeOne = <T>(key: string, run: (located: string) => Promise<T>): Promise<T> =>
    change([key], ([located = '']) => run(located));
  const decode = entries.decode?.bind(entries);
  return {
    read: async (key, scope) => entries.read(space.locate(key), inside(scope)),
    readMany: async (keys, scope) => entries.readMany(space.locateAll(keys), inside(scope)),
    readValue: async (key) => entries.readValue(space.locate(key)),
    ...(decode === undefined ? {} : { decode: (key, encoded) => decode(space.locate(key), encoded) }),
    versions: (scope) => entries.versions(inside(scope)),
    now: async (key) => entries.now(space.locate(key)),
    tagVersions: (scope, tags) => entries.tagVersions(inside(scope), tags),
    acquire: async (key, lease) => entries.acquire(space.locate(key), lease),
    renew: async (key, token, ttlMs) => entries.renew(space.locate(key), token, ttlMs),
    publish: async (key, token, entry) => entries.publish(space.locate(key), token, entry),
    release: async (key, token, failure) => entries.release(space.locate(key), token, failure),
    watch: async (key, onSettled) => entries.watch(space.locate(key), onSettled),
    write: (key, entry) => changeOne(key, (located) => entries.write(located, entry)),
    writeMany: (writes) =>
      change(
        writes.map(({ key }) => key),
        (located) => entries.writeMany(writes.map((write, i) => ({ ...write, key: located[i] ?? '' }))),
      ),
    remove: (keys) => change(keys, (located) => entries.remove(located)),
    incr: (key, amount, ttlMs) => changeOne(key, (located) => entries.incr(located, amount, ttlMs)),
    hset: (key, field, value, ttlMs) => changeOne(key, (located) => entries.hset(located, field, value, ttlMs)),
    hdel: (key, fields) => changeOne(key, (located) => entries.hdel(located, fields)),
    expire: (key, ttlMs) => changeOne(key, (located) => entries.expire(located, ttlMs)),
    voidLeases: (keys) => change(keys, (located) => entries.voidLeases(located)),
    raiseFloor: (scope, seen) => entries.raiseFloor(inside(scope), seen),
    raiseFloorOnce: (scope, event, seen) => entries.raiseFloorOnce(inside(scope), event, seen),
    invalidateTags: (scope, tags, options) => entries.invalidateTags(inside(scope), tags, options),
    sweep: (scope, floor, options) => entries.sweep(inside(scope), floor, options),
  };
}
