import type { EntryStore, RaisedVersions, VersionScope } from '../../domain/entry-store.js';
import type { CacheContext } from './cache-context.js';
import type { CacheEngine } from './cache-engine.js';

/**
 * The entries of a cache as a store: keys and versions are inside its namespace, so that a flush of the cache also
 * invalidates the entries of a cache on top of it.
 */
export function entriesInNamespace({ entries, namespaceState: space, engine }: CacheContext): EntryStore {
  const inside = (scope: VersionScope): VersionScope => space.scopeInside(scope);
  /** The beginnings of the stored keys of the own namespace of a scope. */
  const prefixesOf = ({ prefixes }: VersionScope): readonly string[] => space.storedPrefixes(prefixes.at(-1) ?? '');
  const change = async <T>(keys: readonly string[], run: (located: readonly string[]) => Promise<T>): Promise<T> => {
    const located = keys.map((key) => space.locate(key));
    return engine.change(located, () => run(located));
  };
  const changeOne = <T>(key: string, run: (located: string) => Promise<T>): Promise<T> =>
    change([key], ([located = '']) => run(located));
  const locateOptional = (key: string | undefined): string | undefined =>
    key === undefined ? undefined : space.locate(key);
  const decode = entries.decode?.bind(entries);
  const flush = <T>(scope: VersionScope, raise: () => Promise<T>): Promise<T> =>
    prefixesOf(scope).reduce((run, prefix) => () => engine.changePrefix(prefix, run), raise)();
  return {
    read: async (key, scope) => entries.read(space.locate(key), inside(scope)),
    readMany: async (keys, scope) => entries.readMany(space.locateAll(keys), inside(scope)),
    readValue: async (key) => entries.readValue(space.locate(key)),
    ...(decode === undefined ? {} : { decode: (key, encoded) => decode(space.locate(key), encoded) }),
    versions: async (scope, key) => entries.versions(inside(scope), locateOptional(key)),
    now: async (key) => entries.now(space.locate(key)),
    tagVersions: async (scope, tags, key) => entries.tagVersions(inside(scope), tags, locateOptional(key)),
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
    raiseFloor: async (scope, seen) => {
      const raise = (): Promise<RaisedVersions> =>
        entries.raiseFloor(inside(scope), Math.max(seen, engine.seenVersion));
      return seenBy(engine, await flush(scope, raise));
    },
    raiseFloorOnce: async (scope, event, seen) => {
      const raise = (): Promise<RaisedVersions | undefined> =>
        entries.raiseFloorOnce(inside(scope), event, Math.max(seen, engine.seenVersion));
      const raised = await flush(scope, raise);
      return raised && seenBy(engine, raised);
    },
    invalidateTags: async (scope, tags, options) => {
      const seen = Math.max(options.seen, engine.seenVersion);
      const invalidate = (): Promise<RaisedVersions> =>
        entries.invalidateTags(inside(scope), tags, { ...options, seen });
      return seenBy(engine, await engine.changeVersions(invalidate));
    },
    sweep: async (scope, floor, options) => {
      const own = inside(scope);
      const others = prefixesOf(scope).filter((prefix) => prefix !== own.prefixes.at(-1));
      let removed = 0;
      for (const prefix of others)
        removed += await entries.sweep(
          { prefixes: [own.prefixes[0], ...own.prefixes.slice(1, -1), prefix] },
          floor,
          options,
        );
      // The last one, because it records that the sweep has ended.
      return removed + (await entries.sweep(own, floor, options));
    },
  };
}

function seenBy(engine: CacheEngine, versions: RaisedVersions): RaisedVersions {
  engine.see(versions);
  return versions;
}
