import { durationMs, type Duration } from '../../common/duration.js';

/** What a loader is told, and what it may say of the value it loads. */
export interface LoadContext {
  /** The key as the caller gave it. */
  readonly key: string;
  /** Aborted when the load takes longer than `loadTimeout`, or the cache is disconnected. */
  readonly signal: AbortSignal;
  /** This value lives so long. @throws RedisInfraError OPTION_INVALID */
  ttl(duration: Duration): void;
  /** Returns the value to the callers, and does not store it. */
  skip(): void;
}

export type Loader<T> = (context: LoadContext) => T | Promise<T>;

/** One load's context, and what its loader said. */
export class Load implements LoadContext {
  ttlMs: number | undefined;
  skipped = false;
  private readonly controller = new AbortController();

  constructor(readonly key: string) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  // Functions of the object's own, so that a loader may take them apart: `async ({ ttl }) => …`.
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
