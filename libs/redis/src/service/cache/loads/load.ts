import type { LoadControls } from './load-context.js';

/** What a load gives its callers. */
export interface LoadResult<T> {
  readonly value: T;
  /** The hashes of the tags of the value. */
  readonly tags: readonly string[];
}

/** The lease that a load holds in the store. */
export interface HeldLease {
  readonly token: string;
  /** The server time of the reply that granted it, in milliseconds since 1970, and our monotonic time of that reply. */
  readonly nowMs: number;
  readonly receivedMs: number;
}

/** A running load. */
export interface Load<T> {
  /** The key in the store. */
  readonly at: string;
  readonly controls: LoadControls;
  /** The newest version before the load. */
  readonly clock: number;
  /** Its place in the order of requests and calls: it began after each call with a smaller number. */
  readonly number: number;
  /** The number of the call that started it; undefined for a background load. */
  readonly startedBy: number | undefined;
  /** Undefined if the load runs without a lease: its value is not stored. */
  readonly lease: HeldLease | undefined;
  readonly result: Promise<LoadResult<T>>;
  /**
   * The newest request that showed that the load holds its lease, as a number of `LoadRegistry.nextRequest`; 0 without
   * a lease.
   */
  confirmedBy: number;
  /** The key was changed by this process since the load began, or is being changed: the value is not stored. */
  fenced: boolean;
}
