import { durationMs, type Duration } from '../../common/duration.js';

/** The argument of a loader. Its methods control how the loaded value is stored. */
export interface LoadContext {
  /** The key, as passed to `getOrSet`. */
  readonly key: string;
  /** Aborted when the load exceeds `loadTimeout` or the cache is disconnected. */
  readonly signal: AbortSignal;
  /** Sets the time to live of this value, before `jitter`. @throws RedisInfraError OPTION_INVALID */
  ttl(duration: Duration): void;
  /** Does not store this value. The callers still receive it. */
  skip(): void;
}

/** Produces the value of a key on a miss. `undefined` is returned to the callers and not stored. */
export type Loader<T> = (context: LoadContext) => T | Promise<T>;

/** The context of one load, and the choices of its loader. */
export class Load implements LoadContext {
  ttlMs: number | undefined;
  skipped = false;
  private readonly controller = new AbortController();

  constructor(readonly key: string) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  // Bound functions, so that a loader may destructure them: `async ({ ttl }) => …`.
  readonly ttl = (duration: Duration): void => {
    this.ttlMs = durationMs(duration, 'ttl');
  };

  readonly skip = (): void => {
    this.skipped = true;
  };

  abort(reason: Error): void {
    this.controller.abort(reason);
  }
}
