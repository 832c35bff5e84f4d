import type { EntryRead, EntryStore } from '../../../domain/entry-store.js';
import type { CacheContext } from '../cache-context.js';
import { judge, tagsToCheck, type JudgedValue } from '../entry/entry-validity.js';
import { storeFailure } from '../store-failures.js';

/** Reads stored values and judges them by their versions. */
export class EntryReader {
  constructor(private readonly context: CacheContext) {}

  /**
   * Reads one value. An unreadable value counts as absent and is reported.
   * @param operation the name of the cache's method, for events
   */
  read<T>(at: string, operation: string, entries: EntryStore = this.context.entries): Promise<JudgedValue<T>> {
    return entries.read<T>(at, this.context.scope).then((read) => this.judge(read, operation, entries));
  }

  /** Like `read`, without a report of an unreadable value. */
  readSilently(at: string): Promise<JudgedValue<unknown>> {
    const { entries, scope } = this.context;
    return entries.read(at, scope).then((read) => this.judge({ ...read, unreadable: undefined }, '', entries));
  }

  /** Like `read`, for several keys. */
  async readMany<T>(at: readonly string[], operation: string): Promise<readonly JudgedValue<T>[]> {
    const { entries, scope } = this.context;
    const reads = await entries.readMany<T>(at, scope);
    return Promise.all(reads.map((read) => this.judge(read, operation, entries)));
  }

  private judge<T>(
    read: EntryRead<T>,
    operation: string,
    entries: EntryStore,
  ): JudgedValue<T> | Promise<JudgedValue<T>> {
    const { versions, stored, unreadable } = read;
    this.context.engine.see(versions);
    if (unreadable !== undefined) this.context.recordFailure(operation, storeFailure(unreadable));
    const tags = stored === undefined ? [] : tagsToCheck(stored.meta, versions);
    if (tags.length === 0) return judge(read, versions, []);
    return entries.tagVersions(this.context.scope, tags).then((tagVersions) => judge(read, versions, tagVersions));
  }
}
