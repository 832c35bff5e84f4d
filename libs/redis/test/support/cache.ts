import type { EntryStore } from '../../src/domain/entry-store.js';
import { CacheService, MemoryAdapter, RedisInfraError, type CacheOptions, type CacheStore } from '../../src/index.js';

/** A promise that the test settles with `give` or `fail`. */
export function deferred<T>(): { promise: Promise<T>; give: (value: T) => void; fail: (error: Error) => void } {
  let give!: (value: T) => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<T>((resolve, reject) => ((give = resolve), (fail = reject)));
  return { promise, give, fail };
}

export function setUp(options?: CacheOptions): { cache: CacheService; store: MemoryAdapter } {
  const store = new MemoryAdapter();
  return { cache: new CacheService(store, options), store };
}

/** The entries of a store. */
export function entriesOf(store: CacheStore): EntryStore {
  const entries = store.can?.entries;
  if (entries === undefined) throw new Error('the store keeps no entries');
  return entries;
}

/** A store whose calls fail as when Redis is unavailable, until `back` is true. */
export function unavailableStore(
  code: 'CONNECTION_FAILED' | 'DEADLINE_EXCEEDED' = 'CONNECTION_FAILED',
): CacheStore & { back: boolean } {
  const store = new MemoryAdapter();
  const state = { back: false };
  const failing = <T extends object>(target: T, own: object): T =>
    new Proxy(target, {
      get(_, name) {
        if (name in own) return Reflect.get(own, name);
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          state.back
            ? Reflect.apply(member, target, args)
            : Promise.reject(new RedisInfraError(code, 'Redis is unavailable'));
      },
      set: (_, __, value: boolean) => ((state.back = value), true),
    });
  const { entries } = store.can;
  const can = { link: store.can.link, entries: entries && failing(entries, {}) };
  return failing(store, { can }) as MemoryAdapter & { back: boolean };
}
