/** Where the time comes from; tests give one of their own. */
export interface Clock {
  /** Milliseconds on a clock that only goes forward: for spans and deadlines. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970: for what is shown to people. */
  readonly wallMs: () => number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
