import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CacheStore } from '../../domain/cache-store.js';
import type { ResolvedEntryOptions } from './cache-options.js';
import type { CacheNamespace } from './cache-namespace.js';
import type { Flight, Flights } from './flights.js';
import { Load, type Loader } from './load-context.js';
import { storeFailure } from './store-failures.js';

/** The parameters of one load. */
export interface LoadRequest<T> {
  readonly key: string;
  /** The key in the store. */
  readonly at: string;
  readonly loader: Loader<T>;
  readonly options: ResolvedEntryOptions;
  readonly namespace: CacheNamespace;
}

/**
 * Runs at most one load per key at a time; concurrent callers share its value or its rejection. The value is stored,
 * unless the key was changed since the load began.
 */
export class LoadRunner {
  constructor(
    private readonly flights: Flights,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {}

  /** Returns the running load of a key if callers may still join it. */
  running<T>(at: string): Promise<T> | undefined {
    return this.flights.get(at)?.promise as Promise<T> | undefined;
  }

  /**
   * The number of times that all loads were aborted. A caller that began before an abort must not start a load after
   * it.
   */
  get epoch(): number {
    return this.flights.epoch;
  }

  /** Starts a load. Without a store the value is returned and counted as a skipped write. */
  start<T>(store: CacheStore | undefined, request: LoadRequest<T>): Promise<T> {
    const load = new Load(request.key);
    // The loader starts in this tick, but after the flight is registered: it may read its own key.
    const promise = Promise.resolve().then(() => this.run(store, request, load, flight));
    const flight: Flight = { promise, fenced: false, publishing: undefined, abort: (reason) => load.abort(reason) };
    this.flights.add(request.at, flight);
    return promise;
  }

  private async run<T>(store: CacheStore | undefined, request: LoadRequest<T>, load: Load, flight: Flight): Promise<T> {
    try {
      const value = await this.load(request, load);
      if (flight.fenced || load.skipped || value === undefined) return value;
      if (store === undefined) {
        request.namespace.counters.skippedWrites++;
      } else {
        const publishing = this.publish(store, request, value, load);
        // Changes wait for the write and ignore its error.
        flight.publishing = publishing.catch(() => {});
        await publishing;
      }
      return value;
    } finally {
      this.flights.remove(request.at, flight);
    }
  }

  private async load<T>({ key, loader, options, namespace }: LoadRequest<T>, load: Load): Promise<T> {
    const startedMs = this.clock.monotonicMs();
    namespace.counters.loads++;
    let outcome: 'ok' | 'error' | 'timeout' = 'error';
    try {
      const value = await withTimeout(load, loader, options.loadTimeoutMs);
      outcome = 'ok';
      return value;
    } catch (error) {
      namespace.counters.loadErrors++;
      if (error instanceof RedisInfraError && error.code === 'LOAD_TIMEOUT') outcome = 'timeout';
      throw error;
    } finally {
      if (namespace.events.hears('load'))
        namespace.events.emit('load', { key, ms: this.clock.monotonicMs() - startedMs, outcome });
    }
  }

  /** Stores the value. Does not reject if the store is unavailable: the callers still get the value. */
  private async publish<T>(
    store: CacheStore,
    { at, options, namespace }: LoadRequest<T>,
    value: T,
    load: Load,
  ): Promise<void> {
    try {
      await store.set(at, value, this.ttl(value, options, load.ttlMs));
    } catch (error) {
      namespace.recordFailure('getOrSet', storeFailure(error), 'write');
      namespace.counters.skippedWrites++;
    }
  }

  /** Returns the ttl in seconds, the unit of the port. */
  private ttl(value: unknown, options: ResolvedEntryOptions, loaderTtlMs: number | undefined): number | undefined {
    const ms = loaderTtlMs ?? (value === null ? (options.negativeTtlMs ?? options.ttlMs) : options.ttlMs);
    return ms === null ? undefined : (ms * (1 - options.jitter * this.random())) / 1000;
  }
}

/**
 * Returns the loader's value, or aborts its signal and rejects with LOAD_TIMEOUT. Rejects immediately if the signal is
 * aborted otherwise.
 */
async function withTimeout<T>(load: Load, loader: Loader<T>, timeoutMs: number): Promise<T> {
  load.signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const aborted = new Promise<never>((_, reject) => {
    load.signal.addEventListener('abort', () => reject(load.signal.reason), { once: true });
    timer = setTimeout(() => load.abort(loadTimeout(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([begin(loader, load), aborted]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Converts a synchronous throw of the loader to a rejection, so that `aborted` is always in the race and never
 * unhandled.
 */
async function begin<T>(loader: Loader<T>, load: Load): Promise<T> {
  return loader(load);
}

function loadTimeout(timeoutMs: number): RedisInfraError {
  return new RedisInfraError('LOAD_TIMEOUT', `the loader did not finish within its loadTimeout of ${timeoutMs} ms`, {
    context: { timeoutMs },
  });
}
