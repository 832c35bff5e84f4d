import type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  FailureMark,
  LeaseRequest,
  RaisedVersions,
  Removal,
  RemoveOptions,
  ScopeVersions,
  StoredRead,
  SweepOptions,
  TagVersion,
  VersionScope,
} from '../../../domain/entry-store.js';
import { checkField } from '../../../domain/models/cache-key.js';
import { checkAmount } from '../../../domain/models/counter.js';
import { checkStorable } from '../../../domain/models/stored-value.js';
import type { Decoded } from '../../../domain/value-codec.js';
import type { CallContext } from '../../calls/call-context.js';
import type { RedisEntries } from './redis-entries.js';

/** The entries of a store, with the limits and the codec of one view: checks the keys and adds the prefix. */
export class RedisEntryStore implements EntryStore {
  constructor(
    private readonly entries: RedisEntries,
    private readonly context: CallContext,
  ) {}

  /** Not an `async` function: this is the hot path, and `async` would add microtasks to each call. */
  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    const { reads, versions } = this.entries;
    try {
      return reads.read<T>(this.locate(key), versions.of(scope), this.context);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    const { reads, versions } = this.entries;
    return reads.readMany<T>(this.locateAll(keys), versions.of(scope), this.context);
  }

  /** Not an `async` function either. */
  readValue<T>(key: string): Promise<StoredRead<T>> {
    try {
      return this.entries.reads.readValue<T>(this.locate(key), this.context);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async readValues<T>(keys: readonly string[]): Promise<readonly StoredRead<T>[]> {
    return this.entries.reads.readValues<T>(this.locateAll(keys), this.context);
  }

  decode<T>(key: string, encoded: Buffer): Decoded<T> | Promise<Decoded<T>> {
    return this.entries.reads.decode<T>(this.locate(key), encoded, this.context);
  }

  async versions(scope: VersionScope): Promise<ScopeVersions> {
    const { versions } = this.entries;
    return versions.read(versions.of(scope), this.context);
  }

  async now(key: string): Promise<number> {
    return this.entries.times.now(this.locate(key));
  }

  async tagVersions(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    const { versions } = this.entries;
    return versions.tagVersions(versions.of(scope), tags, this.context);
  }

  async acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    return this.entries.leases.acquire<T>(this.locate(key), lease, this.context);
  }

  async renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.entries.leases.renew(this.locate(key), token, ttlMs, this.context);
  }

  async publish(key: string, token: string, entry: EntryWrite): Promise<boolean> {
    return this.entries.leases.publish(this.locate(key), token, entry, this.context);
  }

  async release(key: string, token: string, failure?: FailureMark): Promise<void> {
    return this.entries.leases.release(this.locate(key), token, failure, this.context);
  }

  async watch(key: string, onSettled: () => void): Promise<() => void> {
    return this.entries.settled.watch(this.entries.keys.nameOf(this.locate(key)), onSettled);
  }

  async write(key: string, entry: EntryWrite): Promise<void> {
    return this.entries.changes.write(this.locate(key), entry, this.context);
  }

  async writeMany(entries: readonly (EntryWrite & { readonly key: string })[]): Promise<void> {
    const located = entries.map((entry) => ({ ...entry, key: this.locate(entry.key) }));
    return this.entries.changes.writeMany(located, this.context);
  }

  async remove(keys: readonly string[], options: RemoveOptions = {}): Promise<Removal> {
    const removed = await this.entries.changes.remove(this.locateAll(keys), options, this.context);
    return { removed, status: 'applied' };
  }

  async incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    checkAmount(amount);
    return this.entries.changes.incr(this.locate(key), amount, ttlMs, this.context);
  }

  async hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    checkField(field);
    checkStorable(value);
    return this.entries.changes.setField({ key: this.locate(key), field }, value, ttlMs, this.context);
  }

  async hdel(key: string, fields: readonly string[]): Promise<number> {
    fields.forEach(checkField);
    const located = this.locate(key);
    return fields.length === 0 ? 0 : this.entries.changes.removeFields(located, fields, this.context);
  }

  async expire(key: string, ttlMs: number): Promise<boolean> {
    return this.entries.expiry.expire(this.locate(key), ttlMs, this.context);
  }

  async voidLeases(keys: readonly string[]): Promise<void> {
    return this.entries.leases.voidAll(this.locateAll(keys), this.context);
  }

  async raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    const { versions } = this.entries;
    return versions.raiseFloor(versions.of(scope), seen, this.context);
  }

  async raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    const { versions } = this.entries;
    return versions.raiseFloorOnce(versions.of(scope), event, seen, this.context);
  }

  async invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions> {
    const { versions } = this.entries;
    return versions.invalidateTags(versions.of(scope), tags, options, this.context);
  }

  async sweep(scope: VersionScope, floor: number, options: SweepOptions = {}): Promise<number> {
    const { versions, sweeper } = this.entries;
    const flush = { prefix: scope.prefixes.at(-1) ?? '', tables: versions.of(scope), floor };
    return sweeper.sweep(flush, options, this.context);
  }

  private locate(key: string): string {
    return this.entries.keySpace.locate(key);
  }

  private locateAll(keys: readonly string[]): string[] {
    return this.entries.keySpace.locateAll(keys);
  }
}
