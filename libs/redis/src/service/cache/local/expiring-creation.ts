import type { CacheStore } from '../../../domain/cache-store.js';

/** The parameters of a call that may create a counter or a hash. */
export interface Creation {
  readonly store: CacheStore;
  /** The key in the store. */
  readonly at: string;
  /** In seconds; undefined means that the key never expires. */
  readonly ttl: number | undefined;
  /** Called with the error if the key was written and its ttl could not be set. */
  readonly onFailure: (error: unknown) => unknown;
}

/** Adds to a counter. A new counter gets the ttl. */
export function incrExpiring(creation: Creation, amount: number): Promise<number> {
  const { store, at, ttl } = creation;
  if (ttl === undefined) return store.incr(at, amount);
  const atomic = store.can?.expiringCreation;
  return atomic === undefined ? inSteps(creation, ttl, () => store.incr(at, amount)) : atomic.incr(at, amount, ttl);
}

/** Sets a field of a hash. A new hash gets the ttl. */
export function hsetExpiring(creation: Creation, field: string, value: unknown): Promise<void> {
  const { store, at, ttl } = creation;
  if (ttl === undefined) return store.hset(at, field, value);
  const atomic = store.can?.expiringCreation;
  return atomic === undefined
    ? inSteps(creation, ttl, () => store.hset(at, field, value))
    : atomic.hset(at, field, value, ttl);
}

/**
 * For a store without `expiringCreation`. Not atomic: if the process ends between the steps, the key has no expiry. An
 * expiry that another caller sets meanwhile does not change.
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
