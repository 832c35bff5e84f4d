import type { EntryRead, EntryStore } from '../../../domain/entry-store.js';
import type { CacheContext } from '../cache-context.js';
import { isFresh, judge, tagsToCheck, type JudgedValue } from '../entry/entry-validity.js';
import type { OperationOutcome } from '../statistics/cache-operation.js';
import type { KeptValue } from '../near/near-copy.js';
import type { Near, NearFilling } from '../near/near.js';
import { storeFailure } from '../store-failures.js';

const NO_TAG_VERSIONS = [] as const;
const NO_TAGS = [] as const;

/**
 * Reads stored values and judges them by their versions. With a near cache, a fresh value leaves a copy. Its methods are
 * not `async` functions: this is the hot path, and `async` would add microtasks to each call.
 */
export class EntryReader {
  constructor(private readonly context: CacheContext) {}

  /**
   * Reads one value. An unreadable value counts as absent and is reported.
   * @param operation the name of the cache's method, for events
   */
  read<T>(at: string, operation: string, entries: EntryStore = this.context.entries): Promise<JudgedValue<T>> {
    const { order, loads } = this.context.engine;
    const { epoch } = loads;
    if (order.isEmpty) return this.readNow<T>(at, operation, entries, epoch);
    // The cache may be disconnected while the read waits.
    return order.afterAll([at], () => this.readNow<T>(at, operation, entries, epoch));
  }

  /**
   * Reads the value of a `get` and counts it: undefined if it is not fresh or cannot be read. Its callbacks are those of
   * the store's promise: each further promise of a call in flight is work for the garbage collector.
   */
  get<T>(key: string, at: string): Promise<T | undefined> {
    const { entries, scope, near, engine } = this.context;
    const { epoch } = engine.loads;
    const beganMs = this.context.nowMs;
    const onError = (error: unknown): undefined => this.countFailure(key, error, beganMs);
    if (near !== undefined || !engine.order.isEmpty)
      return this.read<T>(at, 'get').then((read) => this.countRead(key, freshValue(read), read, beganMs), onError);
    return entries.read<T>(at, scope).then((read) => {
      const tags = this.see(read, 'get', epoch);
      if (tags.length === 0) return this.countRead(key, isFresh(read) ? read.stored?.value : undefined, read, beganMs);
      return this.judgeByTags(at, read, tags, entries).then(
        (judged) => this.countRead(key, freshValue(judged), judged, beganMs),
        onError,
      );
    }, onError);
  }

  /** Like `read`, without a report of an unreadable value, and without a copy. */
  readSilently(at: string): Promise<JudgedValue<unknown>> {
    const { entries, scope, engine } = this.context;
    const { epoch } = engine.loads;
    return entries
      .read(at, scope)
      .then((read) => this.judge(at, { ...read, unreadable: undefined }, '', entries, epoch));
  }

  /** Like `read`, for several keys. */
  async readMany<T>(at: readonly string[], operation: string): Promise<readonly JudgedValue<T>[]> {
    const { entries, scope, near, engine } = this.context;
    const { epoch } = engine.loads;
    const reads = (): Promise<readonly EntryRead<T>[]> => entries.readMany<T>(at, scope);
    const fillings = near && at.map((key) => near.begin(key, this.context));
    try {
      const found = await (engine.order.isEmpty ? reads() : engine.order.afterAll(at, reads));
      const judged = await Promise.all(
        found.map(async (read, i) => this.judge(at[i] ?? '', read, operation, entries, epoch)),
      );
      if (near === undefined) return judged;
      return judged.map((value, i) => this.keepCopy(near, fillings?.[i], at[i] ?? '', value));
    } catch (error) {
      for (const filling of fillings ?? []) near?.abandon(filling);
      throw error;
    }
  }

  private countRead<V>(key: string, value: V, read: Pick<EntryRead<unknown>, 'fallback'>, beganMs: number): V {
    const { context } = this;
    const { namespaceState } = context;
    namespaceState.recordRead(key, value, context.layerOf(read));
    namespaceState.statistics.endedGet(context.nowMs - beganMs, 'ok');
    return value;
  }

  /** Counts a read for which the store failed. @throws the error if the store did not fail */
  private countFailure(key: string, error: unknown, beganMs: number): undefined {
    const { context } = this;
    const { namespaceState } = context;
    let outcome: OperationOutcome = 'error';
    try {
      context.recordFailure('get', storeFailure(error));
      namespaceState.recordFailedRead(key);
      outcome = 'degraded';
    } finally {
      namespaceState.statistics.endedGet(context.nowMs - beganMs, outcome);
    }
  }

  /** @param epoch the epoch of the loads when the call began */
  private readNow<T>(at: string, operation: string, entries: EntryStore, epoch: number): Promise<JudgedValue<T>> {
    const { near, scope } = this.context;
    if (near !== undefined) return this.readThrough<T>(near, at, operation, entries, epoch);
    return entries.read<T>(at, scope).then((read) => this.judge(at, read, operation, entries, epoch));
  }

  /** Reads a value, and keeps a copy of it if it is fresh. */
  private readThrough<T>(
    near: Near,
    at: string,
    operation: string,
    entries: EntryStore,
    epoch: number,
  ): Promise<JudgedValue<T>> {
    const { scope } = this.context;
    const filling = near.begin(at, this.context);
    const { known } = filling;
    const reading: Promise<EntryRead<T>> =
      known === undefined
        ? entries.read<T>(at, scope)
        : entries.readValue<T>(at).then((read) => ({ ...read, versions: known }));
    return reading
      .then((read) => this.judge(at, read, operation, entries, epoch))
      .then(
        (judged) => this.keepCopy(near, filling, at, judged),
        (error: unknown) => {
          near.abandon(filling);
          throw error;
        },
      );
  }

  /** Keeps a copy of a fresh value. Returns what the reader gets. */
  private keepCopy<T>(
    near: Near,
    filling: NearFilling | undefined,
    at: string,
    judged: JudgedValue<T>,
  ): JudgedValue<T> {
    if (filling === undefined) return judged;
    // Values and versions of the fallback may be older than what the feed has reported.
    if (judged.fallback === undefined) near.learn(this.context.scope, judged.versions, filling);
    if (judged.state !== 'fresh' || judged.fallback !== undefined) {
      near.abandon(filling);
      return judged;
    }
    const { kept, own } = near.divide(filling, judged.value);
    if (judged.meta !== undefined) near.end(filling, kept, judged);
    else void this.keepPlainCopy(near, filling, at, kept);
    return own === judged.value ? judged : { ...judged, value: own };
  }

  /** A plain value has no meta: its key knows how long it lives. */
  private async keepPlainCopy(
    near: Near,
    filling: NearFilling,
    at: string,
    kept: KeptValue | undefined,
  ): Promise<void> {
    const ttl = await this.context.store.ttl(at).catch(() => undefined);
    if (ttl === undefined) near.abandon(filling);
    else near.endPlain(filling, kept, ttl === null ? Infinity : ttl * 1000);
  }

  /** @param epoch the epoch in which the read began */
  private judge<T>(
    at: string,
    read: EntryRead<T>,
    operation: string,
    entries: EntryStore,
    epoch: number,
  ): JudgedValue<T> | Promise<JudgedValue<T>> {
    const tags = this.see(read, operation, epoch);
    return tags.length === 0 ? judge(read, read.versions, NO_TAG_VERSIONS) : this.judgeByTags(at, read, tags, entries);
  }

  /** Notes what a read shows of versions and failures. Returns the tags whose versions its value must be judged by. */
  private see(read: EntryRead<unknown>, operation: string, epoch: number): readonly string[] {
    const { versions, stored, unreadable, bytes, fallback } = read;
    const { engine, scope, loadEntries, namespaceState } = this.context;
    if (bytes !== undefined && fallback === undefined) namespaceState.statistics.valueBytes.add(bytes);
    engine.see(versions);
    if (versions.isSweeping && engine.loads.isOpen(epoch)) engine.sweeps.notice(scope, loadEntries);
    if (unreadable !== undefined) this.context.recordFailure(operation, storeFailure(unreadable));
    return stored === undefined ? NO_TAGS : tagsToCheck(stored.meta, versions);
  }

  private async judgeByTags<T>(
    at: string,
    read: EntryRead<T>,
    tags: readonly string[],
    entries: EntryStore,
  ): Promise<JudgedValue<T>> {
    return judge(read, read.versions, await entries.tagVersions(this.context.scope, tags, at));
  }
}

/** The value of a read that sees an entry only while it is fresh. */
export function freshValue<T>(read: JudgedValue<T> | undefined): T | undefined {
  return read?.state === 'fresh' ? read.value : undefined;
}
