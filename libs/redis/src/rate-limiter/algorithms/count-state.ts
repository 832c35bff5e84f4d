/** The stored state of gcra. */
export interface GcraState {
  readonly algorithm: 'gcra';
  readonly capacity: number;
  readonly level: number;
}

/** The stored state of a sliding window. */
export interface SlidingWindowState {
  readonly algorithm: 'sliding-window';
  readonly limit: number;
  readonly windowMs: number;
  readonly index: number;
  readonly counts: readonly number[];
}

/** The stored state of a fixed window. */
export interface FixedWindowState {
  readonly algorithm: 'fixed-window';
  readonly limit: number;
  readonly count: number;
}

/** The stored state of the permits. */
export interface ConcurrencyState {
  readonly algorithm: 'concurrency';
  /** When each permit expires, in microseconds, by holder number. */
  readonly holders: ReadonlyMap<number, number>;
}

/** The stored state of a count. */
export type CountState = GcraState | SlidingWindowState | FixedWindowState | ConcurrencyState;
