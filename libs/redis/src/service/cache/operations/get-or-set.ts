import type { AsyncResource } from 'node:async_hooks';
import { callerContext } from '../../../common/async-context.js';
import { LOADS } from '../../../common/diagnostics/channels.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheContext } from '../cache-context.js';
import { isDueForRefresh, refreshFacts } from '../entry/early-refresh.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import { staleUse } from '../entry/stale-use.js';
import { closedBeforeLoad, type ContestResult } from '../loads/lease-contest.js';
import type { Load } from '../loads/load.js';
import type { Loader } from '../loads/load-context.js';
import type { LoadRequest } from '../loads/load-runner.js';
import type { ResolvedEntryOptions } from '../options/entry-options.js';
import { loadFailure, storeFailure } from '../store-failures.js';
import type { OperationOutcome } from '../statistics/cache-operation.js';
import { CallCounts } from './call-counts.js';
import type { EntryReader } from './entry-reader.js';
import { storedResult, type GetOrSetResult } from './get-or-set-result.js';
import { joinLoad, type Step } from './join-load.js';
import { OtherLoadWait } from './other-load.wait.js';

/** The parameters of one `getOrSet`. */
export interface GetOrSetParts<T> {
  readonly context: CacheContext;
  readonly reader: EntryReader;
  readonly key: string;
  /** The key in the store. */
  readonly at: string;
  readonly loader: Loader<T>;
  readonly options: ResolvedEntryOptions;
  /** The number of the call, if it began before this object was created. @default the next number */
  readonly number?: number | undefined;
  /** What the call has read already. @default it reads */
  readonly read?: JudgedValue<T> | undefined;
  /** Called once, when it is known whether this call loads the value. */
  readonly onDecision?: ((isLoadedHere: boolean) => void) | undefined;
}

/**
 * One `getOrSet`. It reads. If the value is not fresh, it requests the lease of the key. Then it runs its loader, joins a
 * load of this process, or waits for the load of another process and reads again.
 *
 * A call joins a load only if a request that was sent after the call began showed that the load still holds its lease,
 * and only if no flush is newer than the load. So no call gets a value whose load began before a change that was
 * acknowledged before the call.
 */
export class GetOrSetCall<T> {
  /** A request with a greater number was sent after this call began. */
  private readonly number: number;
  private readonly epoch: number;
  /** When the value was read, in monotonic milliseconds. */
  private readMs = 0;
  private wait: OtherLoadWait | undefined;
  private readonly counts: CallCounts;
  private isDecided = false;
  /** The store has failed, and the call continues without it. */
  private isDegraded = false;

  constructor(private readonly parts: GetOrSetParts<T>) {
    const { loads } = parts.context.engine;
    this.number = parts.number ?? loads.nextRequest();
    this.epoch = loads.epoch;
    this.counts = new CallCounts(parts.context, parts.key);
  }

  /** @param resultOf what the caller wants of the result: no further promise for it, because this is the hot path */
  async run<R>(resultOf: (result: GetOrSetResult<T>) => R): Promise<R> {
    const beganMs = this.nowMs;
    let outcome: OperationOutcome = 'error';
    try {
      let step = await this.step(this.parts.read ?? (await this.read()));
      while (step === 'read-again') step = await this.step(await this.read());
      outcome = this.isDegraded ? 'degraded' : 'ok';
      return resultOf(step);
    } finally {
      this.decide(false);
      this.wait?.end();
      this.count(beganMs, outcome);
    }
  }

  private async step(read: JudgedValue<T> | undefined): Promise<Step<T>> {
    this.readMs = this.nowMs;
    if (read === undefined) {
      this.isDegraded = true;
      this.counts.read(undefined, false);
      return this.loadWithoutLease(undefined);
    }
    const { options, context } = this.parts;
    const use = staleUse(read, options);
    this.counts.read(read, read.state === 'fresh' || use === 'revalidate');
    if (read.state === 'fresh') {
      const facts = refreshFacts(read);
      if (facts !== undefined && isDueForRefresh(facts, options.earlyRefresh, context.engine.environment.random))
        this.refresh(read);
      return storedResult(read, 'fresh', read.nowMs);
    }
    if (use === 'revalidate') {
      this.refresh(read);
      this.counts.stale();
      return storedResult(read, 'stale', read.nowMs);
    }
    return this.load(read);
  }

  /** Undefined if the store is unavailable. */
  private async read(): Promise<JudgedValue<T> | undefined> {
    const { reader, at, context } = this.parts;
    try {
      return await reader.read<T>(at, 'getOrSet');
    } catch (error) {
      const failure = loadFailure(error);
      context.recordFailure('getOrSet', failure);
      // A deadline of the caller says nothing about the store.
      if (failure.code !== 'DEADLINE_EXCEEDED' || context.limits.deadline === undefined) return undefined;
    }
    return reader.read<T>(at, 'getOrSet', context.loadEntries).catch((error: unknown) => {
      context.recordFailure('getOrSet', loadFailure(error));
      return undefined;
    });
  }

  private async load(read: JudgedValue<T>): Promise<Step<T>> {
    const { context, at } = this.parts;
    const { loads } = context.engine;
    const running = loads.get<T>(at);
    if (running !== undefined && running.confirmedBy > this.number && running.clock >= read.versions.floor)
      return this.join(running, read);
    this.checkOpen();
    const contest = await this.requestLease(read, this.number);
    switch (contest?.status) {
      case undefined:
        return this.loadWithoutLease(undefined);
      case 'loading':
        // After a newer flush, the next request takes over the lease.
        return contest.load.clock < read.versions.floor ? 'read-again' : this.join(contest.load, read);
      case 'held':
        return this.waitForOther(contest.remainingMs, read);
      case 'failed':
        return this.afterFailure(contest.remainingMs, read);
      case 'stored':
        return 'read-again';
    }
  }

  private join(load: Load<T>, read: JudgedValue<T> | undefined): Promise<Step<T>> {
    const { context, options } = this.parts;
    const isOwn = load.startedBy === this.number;
    this.decide(isOwn);
    if (!isOwn) this.counts.shared();
    const isUsable = read !== undefined && staleUse(read, options) !== undefined;
    return joinLoad({
      load,
      context,
      softTimeoutMs: isUsable ? options.softTimeoutMs : undefined,
      useStale: () => (isUsable ? this.useStale(read) : undefined),
      // Tags that were invalidated since the load began make its value invalid for a call that began after that.
      tagged: isOwn || read === undefined ? 0 : read.versions.tagged,
    });
  }

  /** Waits for the load of another process. */
  private async waitForOther(remainingMs: number, read: JudgedValue<T>): Promise<Step<T>> {
    const { context, at, options } = this.parts;
    this.decide(false);
    this.checkOpen();
    this.counts.shared();
    this.wait ??= new OtherLoadWait(context, at, options);
    const { softTimeoutMs = Infinity } = staleUse(read, options) === undefined ? {} : options;
    const result = await this.wait.next(remainingMs, softTimeoutMs);
    if (result === 'read-again') return result;
    if (result === 'lock-timeout' && options.onLockTimeout === 'load') return this.loadWithoutLease(read);
    const stale = this.useStale(read);
    if (stale === undefined) throw this.wait.timedOut();
    return stale;
  }

  /** A load has failed a short time ago, and none may start before `remainingMs`. */
  private afterFailure(remainingMs: number, read: JudgedValue<T>): Step<T> {
    const stale = this.useStale(read);
    if (stale !== undefined) return stale;
    throw loadFailed(remainingMs);
  }

  /**
   * Loads a value that is not stored. Calls of this process share the load.
   * @param read what the call has read; undefined if the store is unavailable. While it is available, it may have
   *   confirmed a change since the running load began.
   */
  private loadWithoutLease(read: JudgedValue<T> | undefined): Promise<Step<T>> {
    const { context, at } = this.parts;
    const { loads, runner } = context.engine;
    const running = loads.get<T>(at);
    if (running !== undefined && (read === undefined || running.number > this.number)) return this.join(running, read);
    this.checkOpen();
    if (read === undefined) context.namespaceState.counters.skippedWrites++;
    return this.join(runner.start(this.request(read?.versions.clock ?? 0), undefined), read);
  }

  private refresh(read: JudgedValue<T>): void {
    const { context, at } = this.parts;
    if (!this.isOpen) return;
    // The refresh runs outside the context of its caller.
    const caller = LOADS.hasSubscribers ? callerContext() : undefined;
    context.engine.refreshes.start(at, async () => {
      const contest = await this.requestLease(read, undefined, caller);
      if (contest?.status === 'loading') await contest.load.result;
    });
  }

  /** Undefined if the store is unavailable. `call` is undefined for a refresh. */
  private async requestLease(
    read: JudgedValue<T>,
    call: number | undefined,
    caller?: AsyncResource,
  ): Promise<ContestResult<T> | undefined> {
    const { context } = this.parts;
    try {
      return await context.engine.contests.enter({ ...this.request(read.versions.clock), call, caller }, read);
    } catch (error) {
      context.recordFailure('getOrSet', storeFailure(error));
      this.isDegraded = true;
      return undefined;
    }
  }

  private request(clock: number): LoadRequest<T> {
    const { key, at, loader, options, context } = this.parts;
    const { namespaceState: namespace, loadEntries: entries } = context;
    return { key, at, loader, options, namespace, entries, hasTags: context.hasEntries, clock, call: this.number };
  }

  /** Returns a stale value if its windows permit it now, which may be long after the read; else undefined. */
  private useStale(read: JudgedValue<T>): Step<T> | undefined {
    const nowMs = read.nowMs + (this.nowMs - this.readMs);
    if (staleUse({ ...read, nowMs }, this.parts.options) === undefined) return undefined;
    this.counts.stale();
    return storedResult(read, 'stale', nowMs);
  }

  /** The keys of a `getOrSetMany` are one operation, which counts itself. */
  private count(beganMs: number, outcome: OperationOutcome): void {
    const { context, number } = this.parts;
    if (number === undefined) context.namespaceState.statistics.ended('getOrSet', this.nowMs - beganMs, outcome);
  }

  private get nowMs(): number {
    return this.parts.context.nowMs;
  }

  private decide(isLoadedHere: boolean): void {
    if (this.isDecided) return;
    this.isDecided = true;
    this.parts.onDecision?.(isLoadedHere);
  }

  /** False if the cache is being disconnected, or was disconnected since the call began. */
  private get isOpen(): boolean {
    return this.parts.context.engine.loads.isOpen(this.epoch);
  }

  /** A call that began before the cache was disconnected must not start a load, or a wait for one, after that. */
  private checkOpen(): void {
    if (!this.isOpen) throw closedBeforeLoad();
  }
}

function loadFailed(remainingMs: number): RedisInfraError {
  const retryAfterMs = Math.ceil(remainingMs);
  return new RedisInfraError(
    'LOAD_FAILED',
    `a load of this key failed a short time ago; the next one may start in ${retryAfterMs} ms`,
    { context: { retryAfterMs } },
  );
}
