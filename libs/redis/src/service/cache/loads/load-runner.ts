import type { AsyncResource } from 'node:async_hooks';
import { LOADS } from '../../../common/diagnostics/channels.js';
import type { Environment } from '../../../common/time/environment.js';
import { randomUUID } from 'node:crypto';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { EntryStore, FailureMark } from '../../../domain/entry-store.js';
import type { CacheNamespace } from '../cache-namespace.js';
import { entryOf } from '../entry/entry-write.js';
import type { ResolvedEntryOptions } from '../options/entry-options.js';
import type { FreshnessWindows } from '../options/set-options.js';
import type { LoadOutcome } from '../statistics/cache-snapshot.js';
import { failureOf, storeFailure } from '../store-failures.js';
import { renewLease } from './lease-renewal.js';
import type { HeldLease, Load, LoadResult } from './load.js';
import { LoadControls, type Loader } from './load-context.js';
import type { LoadRegistry } from './load-registry.js';
import { TracedLoad } from './load-trace.js';
import { withTimeout } from './load-timeout.js';

/** The parameters of one load. */
export interface LoadRequest<T> {
  readonly key: string;
  /** The key in the store. */
  readonly at: string;
  readonly loader: Loader<T>;
  readonly options: ResolvedEntryOptions;
  readonly namespace: CacheNamespace;
  /** Where the value is stored. The limits of one caller do not apply, because the load is shared. */
  readonly entries: EntryStore;
  /** Whether the store keeps the tags of values. */
  readonly hasTags: boolean;
  /** The newest version before the load. */
  readonly clock: number;
  /** The number of the call that wants the value; undefined for a background load. */
  readonly call: number | undefined;
  /** The async context of the call that caused a background load, for traces. @default none */
  readonly caller?: AsyncResource | undefined;
}

/** The longest time that a failed load is remembered, unless `errorTtl` is longer. */
const MAX_FAILURE_MS = 30_000;

/** Runs loads and stores their values. */
export class LoadRunner {
  constructor(
    private readonly loads: LoadRegistry,
    readonly environment: Environment,
  ) {}

  /** Returns a name for a lease that no other load has. */
  newToken(): string {
    return randomUUID();
  }

  /**
   * Starts a load in this tick.
   * @param stale the stored value that is no longer fresh
   * @param confirmedBy the number of the request that granted the lease
   */
  start<T>(request: LoadRequest<T>, stale: unknown, lease?: HeldLease, confirmedBy = 0): Load<T> {
    const { key, at, clock, options, call, hasTags } = request;
    const controls = new LoadControls({ key, stale, tags: options.tags, hasTags });
    const number = this.loads.nextRequest();
    const load: Load<T> = {
      at,
      controls,
      clock,
      number,
      startedBy: call,
      lease,
      // Begins after the load is registered: its loader may read its own key.
      result: Promise.resolve().then(() => this.run(load, request)),
      confirmedBy,
      fenced: false,
    };
    this.loads.add(load);
    // Every caller may leave before it ends.
    load.result.catch(() => {});
    return load;
  }

  /** Ends a lease that no load uses. Does not reject: the lease expires anyway. */
  async abandon(entries: EntryStore, at: string, token: string): Promise<void> {
    await entries.release(at, token).catch(() => {});
  }

  private async run<T>(load: Load<T>, request: LoadRequest<T>): Promise<LoadResult<T>> {
    const { lease } = load;
    const { entries, at } = request;
    const startedMs = this.environment.clock.monotonicMs();
    const stopRenewal = lease && renewLease(entries, at, lease.token, this.environment);
    try {
      const value = await this.load(load, request);
      if (lease !== undefined) await this.finish(load, lease, request, value, startedMs);
      return { value, tags: load.controls.tagHashes };
    } catch (error) {
      if (lease !== undefined) await this.release(load, lease, request, failureMark(request.options, load));
      throw error;
    } finally {
      stopRenewal?.();
      this.loads.remove(load);
    }
  }

  private async load<T>({ controls }: Load<T>, request: LoadRequest<T>): Promise<T> {
    const { key, loader, options, namespace } = request;
    const { clock, timers } = this.environment;
    const startedMs = clock.monotonicMs();
    namespace.counters.loads++;
    let outcome: LoadOutcome = 'error';
    let failure: RedisInfraError | undefined;
    const traced = LOADS.hasSubscribers
      ? new TracedLoad(namespace.name, request.call === undefined, request.caller)
      : undefined;
    const run = (): Promise<T> => withTimeout(controls, loader, options.loadTimeoutMs, timers);
    try {
      const value = await (traced === undefined ? run() : traced.run(run));
      outcome = 'ok';
      return value;
    } catch (error) {
      namespace.counters.loadErrors++;
      if (error instanceof RedisInfraError) failure = error;
      if (failure?.code === 'LOAD_TIMEOUT') outcome = 'timeout';
      throw error;
    } finally {
      const ms = clock.monotonicMs() - startedMs;
      namespace.statistics.loaded(ms, outcome);
      traced?.end(outcome, ms, failure);
      if (namespace.events.heard.load === true) namespace.events.emit('load', { key, ms, outcome });
    }
  }

  /** Stores the value, or ends the lease without it. */
  private async finish<T>(
    load: Load<T>,
    lease: HeldLease,
    request: LoadRequest<T>,
    value: T,
    startedMs: number,
  ): Promise<void> {
    const { controls } = load;
    if (load.fenced || controls.skipped || value === undefined) return this.release(load, lease, request);
    const { namespace, entries, at, clock } = request;
    const now = this.environment.clock.monotonicMs();
    const facts = {
      nowMs: lease.nowMs + (now - lease.receivedMs),
      clock,
      tags: controls.tagHashes,
      loadMs: now - startedMs,
    };
    try {
      await entries.publish(at, lease.token, entryOf(value, this.windows(value, request, controls), facts));
    } catch (error) {
      namespace.recordFailure('getOrSet', storeFailure(error), 'write');
      namespace.counters.skippedWrites++;
      // Not awaited: the store is probably unavailable, and the callers have waited for it once.
      void this.abandon(entries, at, lease.token);
    }
  }

  private async release<T>(
    load: Load<T>,
    { token }: HeldLease,
    { entries, at, namespace }: LoadRequest<T>,
    failure?: FailureMark,
  ): Promise<void> {
    try {
      await entries.release(at, token, failure);
    } catch (error) {
      // The callers get the value, or the error of the loader. An aborted load ends because the store is being closed.
      const failed = failureOf(error);
      if (failed !== undefined && !load.controls.signal.aborted) namespace.recordFailure('getOrSet', failed);
    }
  }

  private windows<T>(value: T, { options }: LoadRequest<T>, { ttlMs }: LoadControls): FreshnessWindows {
    const chosenMs = ttlMs ?? (value === null ? (options.negativeTtlMs ?? options.ttlMs) : options.ttlMs);
    if (chosenMs === null) return options;
    const shorterMs = chosenMs * (1 - options.jitter * this.environment.random());
    return { ...options, ttlMs: shorterMs };
  }
}

/** An aborted load has not failed: another process may load. */
function failureMark({ errorTtlMs }: ResolvedEntryOptions, { controls }: Load<unknown>): FailureMark | undefined {
  const reason: unknown = controls.signal.reason;
  const isClosed = reason instanceof RedisInfraError && reason.code === 'CLOSED';
  if (errorTtlMs === 0 || isClosed) return undefined;
  return { errorTtlMs, maxMs: Math.max(errorTtlMs, MAX_FAILURE_MS) };
}
