import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { zip } from '../../../common/zip.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  FailureMark,
  LeaseRequest,
  RaisedVersions,
  Removal,
  ScopeVersions,
  StoredRead,
  SweepOptions,
  TagVersion,
  VersionScope,
} from '../../../domain/entry-store.js';
import { isCount } from '../../../domain/codec/plain-count.js';
import { hsetExpiring, incrExpiring, type Creation } from './expiring-creation.js';
import { sweep, sweepSelected } from './sweep.js';
import { isUnreadable, storeFailure } from '../store-failures.js';
import type { LocalState } from './local-state.js';

/** Long enough to store a value: other calls on the key wait meanwhile. */
const PUBLISH_LEASE_MS = 5000;
/** A simple store returns values only. */
const NO_BYTES = { bytes: undefined, encoded: undefined } as const;

/**
 * Entries over one view of a simple store. Calls that change a key, and those that check its lease, run one after
 * another, because the store cannot check a lease itself. A lease is voided before its key is changed.
 */
export class PlainEntries implements EntryStore {
  constructor(
    private readonly store: CacheStore,
    private readonly state: LocalState,
    private readonly onExpireFailed: (error: unknown) => void,
  ) {}

  async read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>> {
    const read = await this.readValue<T>(key);
    // Newer than the value, so that a value from before a flush is never taken for a later one.
    return { ...read, versions: await this.versions(scope) };
  }

  async readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]> {
    const reads = await this.readValues<T>(keys);
    const versions = await this.versions(scope);
    return reads.map((read) => ({ ...read, versions }));
  }

  async readValue<T>(key: string): Promise<StoredRead<T>> {
    try {
      return this.found(await this.store.get<T>(key));
    } catch (error) {
      return this.unreadable(error);
    }
  }

  versions(scope: VersionScope): Promise<ScopeVersions> {
    return this.state.leases.versions(scope);
  }

  async now(_key: string): Promise<number> {
    return this.state.nowMs();
  }

  tagVersions(scope: VersionScope, tags: readonly string[]): Promise<readonly TagVersion[]> {
    return this.state.leases.tagVersions(scope, tags);
  }

  acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>> {
    const { leases, loads, order } = this.state;
    return order.runExclusively([key], async () => {
      const answer = await leases.acquire(key, lease);
      if (answer.status === 'acquired') loads.begin(key, lease);
      return { ...answer, ...(await this.readValue<T>(key)) };
    });
  }

  renew(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.state.leases.renew(key, token, ttlMs);
  }

  publish(key: string, token: string, { value, ttlMs }: EntryWrite): Promise<boolean> {
    const { leases, loads, order } = this.state;
    return order.runExclusively([key], async () => {
      const isHeld = await leases.renew(key, token, PUBLISH_LEASE_MS);
      const isStored = isHeld && loads.isValid(key, token);
      // A flush from here on waits for this call before it removes the values.
      if (isStored) await this.store.set(key, value, secondsOf(ttlMs));
      await this.release(key, token);
      return isStored;
    });
  }

  async release(key: string, token: string, failure?: FailureMark): Promise<void> {
    this.state.loads.end(key, token);
    await this.state.leases.release(key, token, failure);
  }

  watch(key: string, onSettled: () => void): Promise<() => void> {
    return this.state.leases.watch(key, onSettled);
  }

  write(key: string, { value, ttlMs }: EntryWrite): Promise<void> {
    return this.change([key], () => this.store.set(key, value, secondsOf(ttlMs)));
  }

  writeMany(entries: readonly (EntryWrite & { readonly key: string })[]): Promise<void> {
    const keys = entries.map(({ key }) => key);
    const values = entries.map(({ key, value, ttlMs }) => ({ key, value, ttl: secondsOf(ttlMs) }));
    return this.change(keys, () => this.store.setMany(values));
  }

  remove(keys: readonly string[]): Promise<Removal> {
    return this.change(keys, async () => ({ removed: await this.store.deleteMany(keys), status: 'applied' }));
  }

  incr(key: string, amount: number, ttlMs: number | undefined): Promise<number> {
    return this.change([key], () => incrExpiring(this.creation(key, ttlMs), amount));
  }

  hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    return this.change([key], () => hsetExpiring(this.creation(key, ttlMs), field, value));
  }

  hdel(key: string, fields: readonly string[]): Promise<number> {
    return this.change([key], () => this.store.hdel(key, ...fields));
  }

  expire(key: string, ttlMs: number): Promise<boolean> {
    return this.change([key], () => this.store.expire(key, ttlMs / 1000));
  }

  voidLeases(keys: readonly string[]): Promise<void> {
    return this.change(keys, async () => {});
  }

  async raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions> {
    return this.flushed(scope, await this.state.leases.raiseFloor(scope, seen));
  }

  async raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined> {
    const versions = await this.state.leases.raiseFloorOnce(scope, event, seen);
    if (versions === undefined) return undefined;
    this.state.dataFloors.set(ownPrefix(scope), versions.floor);
    return this.flushed(scope, versions);
  }

  async invalidateTags(): Promise<never> {
    throw new RedisInfraError('UNSUPPORTED', 'this store does not keep the tags of its values');
  }

  async sweep(scope: VersionScope, floor: number, options: SweepOptions = {}): Promise<number> {
    const prefix = ownPrefix(scope);
    const { keepData = this.state.dataFloors.get(prefix) === floor } = options;
    const removed = await (keepData
      ? sweepSelected(this.store, prefix, (keys) => this.withoutData(keys))
      : sweep(this.store, prefix));
    await this.state.leases.sweep(scope, floor);
    return removed;
  }

  private async flushed(scope: VersionScope, versions: RaisedVersions): Promise<RaisedVersions> {
    const { loads, order } = this.state;
    const prefix = ownPrefix(scope);
    loads.raiseFloor(prefix, versions.floor);
    // The values of loads that were found valid before are stored now, so that the sweep removes them.
    await order.whenDone(prefix);
    return versions;
  }

  /** Those of the keys that are no counters and no hashes. */
  private async withoutData(keys: readonly string[]): Promise<readonly string[]> {
    const reads = await this.readValues(keys);
    const isValue = ({ stored, unreadable }: StoredRead<unknown>): boolean =>
      unreadable !== undefined || (stored !== undefined && !isCount(stored.value));
    return zip(keys, reads).flatMap(([key, read]) => (isValue(read) ? [key] : []));
  }

  private change<R>(keys: readonly string[], change: () => Promise<R>): Promise<R> {
    return this.state.order.runExclusively(keys, async () => {
      await this.state.leases.voidLeases(keys);
      return change();
    });
  }

  /** The values of several keys. If one is unreadable they are read one by one, so that it spoils no other. */
  async readValues<T>(keys: readonly string[]): Promise<StoredRead<T>[]> {
    try {
      return (await this.store.getMany<T>(keys)).map((value) => this.found(value));
    } catch (error) {
      this.unreadable(error);
      return Promise.all(keys.map((key) => this.readValue<T>(key)));
    }
  }

  private found<T>(value: T | undefined): StoredRead<T> {
    const stored = value === undefined ? undefined : { value, meta: undefined };
    return { stored, unreadable: undefined, ...NO_BYTES, nowMs: this.state.nowMs() };
  }

  /** @throws the error unless it says that a stored value cannot be read */
  private unreadable(error: unknown): StoredRead<never> {
    const failure = storeFailure(error);
    if (!isUnreadable(failure)) throw failure;
    return { stored: undefined, unreadable: failure, ...NO_BYTES, nowMs: this.state.nowMs() };
  }

  private creation(key: string, ttlMs: number | undefined): Creation {
    return { store: this.store, at: key, ttl: secondsOf(ttlMs), onFailure: this.onExpireFailed };
  }
}

function secondsOf(ttlMs: number | undefined): number | undefined {
  return ttlMs === undefined ? undefined : ttlMs / 1000;
}

function ownPrefix({ prefixes }: VersionScope): string {
  return prefixes.at(-1) ?? prefixes[0];
}
