import type { JudgedValue } from '../entry/entry-validity.js';

/** A value that `getOrSet` returns, and where it comes from. */
export interface GetOrSetResult<T> {
  readonly value: T;
  /** `stale`: it is no longer fresh, and a stale window of the call permits it. */
  readonly state: 'fresh' | 'stale';
  /** `load`: this call has loaded it, or has joined the load. */
  readonly source: 'near' | 'store' | 'load';
  /** How long ago its load began to be stored, by the clock of the server; undefined if the store does not keep that. */
  readonly ageMs: number | undefined;
}

/** The result of a call that loaded its value, or joined the load. */
export function loadedResult<T>(value: T): GetOrSetResult<T> {
  return { value, state: 'fresh', source: 'load', ageMs: 0 };
}

/** The result of a call that returns what it has read, at a moment of the server's clock. */
export function storedResult<T>(
  { value, meta }: JudgedValue<T>,
  state: 'fresh' | 'stale',
  nowMs: number,
): GetOrSetResult<T> {
  const created = meta?.created;
  // `T` may include undefined; a value that is fresh or stale exists.
  return { value: value as T, state, source: 'store', ageMs: created === undefined ? undefined : nowMs - created };
}

export function valueOf<T>({ value }: GetOrSetResult<T>): T {
  return value;
}
