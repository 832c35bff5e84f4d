import type { CacheStore } from '../../domain/cache-store.js';

/** What a counter or hash of a cache is created with. */
export interface Creation {
  readonly store: CacheStore;
  /** The key in the store. */
  readonly at: string;
  /** In seconds; undefined: it never expires. */
  readonly ttl: number | undefined;
  /** Called with the error where the key was written and could not be given its ttl. */
  readonly onFailure: (error: unknown) => unknown;
}

/** Adds to a counter; one that this creates gets the ttl. */
export function incrExpiring(creation: Creation, amount: number): Promise<number> {
  const { store, at, ttl } = creation;
  if (ttl === undefined) return store.incr(at, amount);
  const atomic = store.can?.expiringCreation;
  return atomic === undefined ? inSteps(creation, ttl, () => store.incr(at, amount)) : atomic.incr(at, amount, ttl);
}

/** Sets a field of a hash; a hash that this creates gets the ttl. */
export function hsetExpiring(creation: Creation, field: string, value: unknown): Promise<void> {
  const { store, at, ttl } = creation;
  if (ttl === undefined) return store.hset(at, field, value);
  const atomic = store.can?.expiringCreation;
  return atomic === undefined
    ? inSteps(creation, ttl, () => store.hset(at, field, value))
    : atomic.hset(at, field, value, ttl);
}

/**
 * A store of the user's that cannot do it atomically: a process that ends between the steps leaves a key without an expiry. An expiry
 * that another caller has set meanwhile stays.
 */
async function inSteps<T>({ store, at, onFailure }: Creation, ttl: number, write: () => Promise<T>): Promise<T> {
  const existed = await store.has(at);
  const result = await write();
  if (existed) return result;
  try {
    if ((await store.ttl(at)) === null) await store.expire(at, ttl);
  } catch (error) {
    onFailure(error);
  }
  return result;
}
