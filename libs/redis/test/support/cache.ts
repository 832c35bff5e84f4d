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

/** A store whose calls fail as when Redis is unavailable, until `back` is true. */
export function unavailableStore(
  code: 'CONNECTION_FAILED' | 'DEADLINE_EXCEEDED' = 'CONNECTION_FAILED',
): CacheStore & { back: boolean } {
  const store = new MemoryAdapter() as unknown as Record<string, unknown>;
  const state = { back: false };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'back') return state.back;
      if (name === 'can' && !state.back) return undefined;
      const member = target[name as string];
      if (typeof member !== 'function' || state.back)
        return typeof member === 'function' ? member.bind(target) : member;
      return () => Promise.reject(new RedisInfraError(code, 'Redis is unavailable'));
    },
    set: (_, __, value: boolean) => ((state.back = value), true),
  }) as unknown as CacheStore & { back: boolean };
}
